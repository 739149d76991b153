"""`shop fuzz`: send generated requests to every route and count those that fail with a 500."""

from typing import Annotated

import typer

from infra.cli.subprocesses import run_module

Cases = Annotated[int, typer.Option("--cases", min=1, help="Number of requests to generate.")]
Seed = Annotated[int, typer.Option("--seed", help="Seed of the generator.")]


def fuzz(cases: Cases = 20_000, seed: Seed = 1) -> None:
    """Send generated requests to every route; fail on a 500.

    Generates values for every field, as every role. Uses a shop of its own without functions and
    workflow; takes some minutes.
    """
    options = "--cases", str(cases), "--seed", str(seed)
    run_module("tests.security.fuzz", *options, python=("-W", "ignore"))
