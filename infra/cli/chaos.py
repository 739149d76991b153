"""`shop endure`: people buy while everything is killed again and again; then the audit."""

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from app.verification import at_any_time, at_rest, told
from infra.cli.terminal import Progress, out
from infra.cli.verify import compared
from tests.chaos.run import endure as run

Orders = Annotated[int, typer.Option("--orders", min=1, help="How many people buy.")]


def endure(orders: Orders = 50) -> None:
    """Kill every function and the front door with `kill -9`, restart the cloud, audit the books.

    In a shop of its own beside the open one; takes some ten minutes.
    """
    with Progress().shown() as progress, tempfile.TemporaryDirectory() as home:
        ordeal = run(Path(home), orders, progress.step)
    killed = ", ".join(f"{name} {times} times" for name, times in sorted(ordeal.killed.items()))
    out.print(f"Killed or stopped: {killed}.")
    out.print(compared(ordeal.books), soft_wrap=True)
    if twice := len(ordeal.books.may_repeat):
        out.print(f"{twice} letters went out twice: killed between sending and noting it.")
    breaches = [*at_any_time(ordeal.books), *at_rest(ordeal.books)]
    out.print("\n".join([told(breaches), *ordeal.dead_letters]), markup=False, soft_wrap=True)
    sys.exit(1 if breaches or ordeal.dead_letters else 0)
