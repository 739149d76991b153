"""`shop mutation-test`: break the template, the code or a control; list what goes undetected."""

from typing import Annotated

import typer

from infra.cli.subprocesses import run_module

Code = Annotated[bool, typer.Option("--code", help="Break the code instead of the template.")]
Asvs = Annotated[bool, typer.Option("--asvs", help="Remove the controls of the ASVS claims.")]
Sample = Annotated[
    tuple[int, int],
    typer.Option("--sample", metavar="SIZE SEED", help="How many mutants of the code to test."),
]
ChangedSince = Annotated[
    str, typer.Option("--changed-since", help="Only what has changed since this Git revision.")
]
Only = Annotated[
    str,
    typer.Option(
        "--only",
        help="Only mutants with this text in their name; with --asvs, these claims and mutants.",
    ),
]


def mutation_test(
    *,
    code: Code = False,
    asvs: Asvs = False,
    sample: Sample = (300, 1),
    changed_since: ChangedSince = "",
    only: Only = "",
) -> None:
    """Break the template, the code or the security controls, and list what goes undetected.

    The options other than --code and --asvs choose the mutants. Exits with 1 if one survives
    without a recorded reason.
    """
    selected = ["--changed-since", changed_since] if changed_since else []
    selected += ["--only", only] if only else []
    if asvs:
        run_module("tests.security.mutation", *selected, python=("-W", "ignore"))
    elif code:
        size, seed = map(str, sample)
        run_module("tests.code_mutation", "--sample", size, "--seed", seed, *selected)
    else:
        run_module("tests.template_lint.mutation")
