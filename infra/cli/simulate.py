"""`shop simulate` and `shop replay`: simulated runs with faults, by seed, without a cloud."""

import os
from typing import Annotated

import typer

from infra.cli.subprocesses import run_module

MODULE = "tests.simulation.simulator"

Schedules = Annotated[
    int, typer.Option("--schedules", help="Number of random schedules, one seed each.")
]
First = Annotated[int, typer.Option("--first", help="First seed.")]
CrashPoints = Annotated[
    bool,
    typer.Option("--crash-points", help="Instead, crash before and after each AWS call."),
]
Pairs = Annotated[bool, typer.Option("--pairs", help="Instead, crash at each pair of AWS calls.")]
Name = Annotated[str, typer.Argument(help="A seed, or the name of a crash point.")]


def simulate(
    schedules: Schedules = 500,
    first: First = 1,
    *,
    crash_points: CrashPoints = False,
    pairs: Pairs = False,
) -> None:
    """Simulate orders with crashes and faults; verify each run.

    Runs the application's own handlers on a virtual clock. A failed run prints its seed.
    """
    processes = "--processes", str(os.cpu_count() or 1)
    if pairs or crash_points:
        run_module(MODULE, "--pairs" if pairs else "--crash-points", *processes)
    run_module(MODULE, "--schedules", str(schedules), "--first", str(first), *processes)


def replay(name: Name) -> None:
    """Repeat one simulated run and print every call."""
    run_module(MODULE, "--replay", name)
