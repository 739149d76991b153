"""`shop mutation-test`: break the template or the code, and list what no rule or test detects."""

from typing import Annotated

import typer

from infra.cli.subprocesses import run_module

Code = Annotated[bool, typer.Option("--code", help="Break the code instead of the template.")]
Sample = Annotated[int, typer.Option("--sample", help="How many mutants of the code to test.")]
Seed = Annotated[int, typer.Option("--seed", help="Selects the sample.")]
ChangedSince = Annotated[
    str, typer.Option("--changed-since", help="Only functions changed since this Git revision.")
]
Only = Annotated[str, typer.Option("--only", help="Only mutants with this text in their name.")]


def mutation_test(
    *,
    code: Code = False,
    sample: Sample = 300,
    seed: Seed = 1,
    changed_since: ChangedSince = "",
    only: Only = "",
) -> None:
    """Break the template, or the code, on purpose; list what the lint or the tests miss.

    The options other than --code choose the mutants of the code. Exits with 1 if a mutant survives
    without a recorded reason.
    """
    if not code:
        run_module("tests.template_lint.mutation")
    else:
        options = ["--sample", str(sample), "--seed", str(seed)]
        options += ["--changed-since", changed_since] if changed_since else []
        run_module("tests.code_mutation", *options, *(["--only", only] if only else []))
