"""`shop chaos`: orders are placed while every process is killed again and again."""

from typing import Annotated

import typer

from infra.cli.subprocesses import run_module

Orders = Annotated[int, typer.Option("--orders", min=1, help="Number of orders to place.")]


def chaos(orders: Orders = 50) -> None:
    """Kill processes while orders are placed; verify the data.

    Kills functions and the local proxy with `kill -9`, and restarts the cloud. Uses a shop of its
    own beside the running one; takes about ten minutes.
    """
    run_module("tests.chaos", "--orders", str(orders))
