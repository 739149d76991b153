"""`shop simulate` and `shop replay`: simulated runs with faults, by seed, without a cloud."""

import os
from typing import Annotated

import typer

from infra.cli.subprocesses import run_module

MODULE = "tests.simulation.simulator"

Schedules = Annotated[
    int | None,
    typer.Option("--schedules", help="Number of random schedules, one seed each. Default: 500."),
]
First = Annotated[int, typer.Option("--first", help="First seed.")]
CrashPoints = Annotated[
    bool, typer.Option("--crash-points", help="Crash before and after each AWS call.")
]
Pairs = Annotated[
    bool, typer.Option("--pairs", help="Crash at each pair of AWS calls of an order.")
]
Outages = Annotated[
    bool,
    typer.Option("--outages", help="Inject outages of each service, from six minutes to a day."),
]
Name = Annotated[str, typer.Argument(help="A seed, an outage, or the name of a crash point.")]


def simulate(
    schedules: Schedules = None,
    first: First = 1,
    *,
    crash_points: CrashPoints = False,
    pairs: Pairs = False,
    outages: Outages = False,
) -> None:
    """Simulate orders with crashes, faults and outages; verify each run.

    Runs the application's own handlers on a virtual clock. Without an option, runs random
    schedules; several options run one after another. A failed run prints how to repeat it.
    """
    chosen = {"--crash-points": crash_points, "--pairs": pairs, "--outages": outages}
    options = [name for name, is_chosen in chosen.items() if is_chosen]
    if schedules:
        options += ["--schedules", str(schedules)]
    processes = str(os.cpu_count() or 1)
    run_module(MODULE, *options, "--first", str(first), "--processes", processes)


def replay(name: Name) -> None:
    """Repeat one simulated run and print every call."""
    run_module(MODULE, "--replay", name)
