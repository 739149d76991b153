"""`shop chaos`: orders are placed while processes are killed, and during a day of outages."""

from typing import Annotated

import typer

from infra.cli.subprocesses import run_module

Orders = Annotated[
    int, typer.Option("--orders", min=1, help="Number of orders to place in each of the two parts.")
]


def chaos(orders: Orders = 50) -> None:
    """Kill processes and cut off services while orders are placed; verify the data.

    First kills functions and the local proxy with `kill -9`, and restarts the cloud. Then makes
    each AWS service, the payment provider and the carrier unavailable during a day that is
    compressed to 144 seconds. Uses a shop of its own beside the running one; takes about 20
    minutes.
    """
    run_module("tests.chaos", "--orders", str(orders))
