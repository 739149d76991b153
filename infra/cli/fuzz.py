"""`shop inputs`: as many made-up requests as you like, and how many of them broke the shop."""

from typing import Annotated

import typer

from infra.cli.subprocesses import hand_over

Cases = Annotated[int, typer.Option("--cases", min=1, help="How many requests are made up.")]
Seed = Annotated[int, typer.Option("--seed", help="Another seed makes up others.")]


def inputs(cases: Cases = 20_000, seed: Seed = 1) -> None:
    """Ask every route, as anybody, with anything in every field; no answer may be a 500.

    In a shop of its own, without functions and workflow; takes some minutes.
    """
    asked = "--cases", str(cases), "--seed", str(seed)
    hand_over("tests.security.fuzz", *asked, python=("-W", "ignore"))
