"""`shop simulate` and `shop replay`: the shop in bad weather, by seed, without a cloud."""

import os
import subprocess
import sys
from typing import Annotated

import typer

from infra.bundle import ROOT

Schedules = Annotated[int, typer.Option("--schedules", help="How many, each by its own seed.")]
First = Annotated[int, typer.Option("--first", help="The first seed.")]
Seed = Annotated[int, typer.Argument(help="The seed that a simulation named.")]


def simulate(schedules: Schedules = 500, first: First = 1) -> None:
    """Play schedules full of faults against the shop's own functions, and audit each."""
    processes = str(os.cpu_count() or 1)
    _simulator("--schedules", str(schedules), "--first", str(first), "--processes", processes)


def replay(seed: Seed) -> None:
    """Play one schedule again and tell all that happened in it, call by call."""
    _simulator("--replay", str(seed))


def _simulator(*asked: str) -> None:
    command = [sys.executable, "-m", "tests.simulator", *asked]
    sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)
