"""`shop simulate` and `shop replay`: the shop in bad weather, by seed, without a cloud."""

import os
from typing import Annotated

import typer

from infra.cli.subprocesses import hand_over

Schedules = Annotated[int, typer.Option("--schedules", help="How many, each by its own seed.")]
First = Annotated[int, typer.Option("--first", help="The first seed.")]
CrashPoints = Annotated[
    bool, typer.Option("--crash-points", help="Let functions die before and after each call.")
]
Pairs = Annotated[bool, typer.Option("--pairs", help="Let them die twice: every pair of calls.")]
Name = Annotated[str, typer.Argument(help="The seed, or the crash point, that was named.")]


def simulate(
    schedules: Schedules = 500,
    first: First = 1,
    *,
    crash_points: CrashPoints = False,
    pairs: Pairs = False,
) -> None:
    """Play schedules full of faults against the shop's own functions, and audit each."""
    processes = "--processes", str(os.cpu_count() or 1)
    if pairs or crash_points:
        hand_over(
            "tests.simulation.simulator", "--pairs" if pairs else "--crash-points", *processes
        )
    hand_over(
        "tests.simulation.simulator",
        "--schedules",
        str(schedules),
        "--first",
        str(first),
        *processes,
    )


def replay(name: Name) -> None:
    """Play one schedule again and tell all that happened in it, call by call."""
    hand_over("tests.simulation.simulator", "--replay", name)
