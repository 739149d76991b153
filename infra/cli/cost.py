"""`shop cost`: what an order costs on AWS, counted, beside the design that is usually taught."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.subprocesses import hand_over

Orders = Annotated[int, typer.Option("--orders", min=10, help="How many are placed and counted.")]
Growth = Annotated[int, typer.Option("--growth", help="Count so many besides: same cost each?")]
Report = Annotated[Path | None, typer.Option("--report", help="Write it to this file as well.")]


def cost(orders: Orders = 100, growth: Growth = 0, report: Report = None) -> None:
    """Count all that AWS would bill for an order and for a page, in dollars for a million.

    In this process, without a cloud: the shop's own functions on the local cloud's own tables.
    Fails when an order needs more of anything than was promised.
    """
    asked = ["--orders", str(orders), "--growth", str(growth)]
    if report:
        asked += ["--report", str(report.absolute())]
    hand_over("tests.benchmarks.cost", *asked)
