"""`shop lint-template`: check the wiring of infra/template.yaml against every rule."""

from infra.cli.subprocesses import run_module


def lint_template() -> None:
    """Check permissions, filters, limits, alarms of the template."""
    run_module("tests.template_lint")
