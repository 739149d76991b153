"""`shop cost`: the cost of an order on AWS, counted, beside the naive twin."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.subprocesses import run_module

Orders = Annotated[int, typer.Option("--orders", min=10, help="Number of orders to count.")]
Growth = Annotated[
    int, typer.Option("--growth", help="Count this many orders too: is the cost of each the same?")
]
Report = Annotated[Path | None, typer.Option("--report", help="Also write the report to a file.")]


def cost(orders: Orders = 100, growth: Growth = 0, report: Report = None) -> None:
    """Count what AWS bills for an order and a page.

    Prints USD per million. Runs without a cloud: the shop's own functions on the emulator's tables,
    in one process. Fails when an order needs more of anything than its budget.
    """
    options = ["--orders", str(orders), "--growth", str(growth)]
    if report:
        options += ["--report", str(report.absolute())]
    run_module("tests.benchmarks.cost", *options)
