"""`shop mutation-test`: break the template one edge at a time and list what no rule detects."""

from infra.cli.subprocesses import run_module


def mutation_test() -> None:
    """Break the template on purpose; list what the lint misses."""
    run_module("tests.template_lint.mutation")
