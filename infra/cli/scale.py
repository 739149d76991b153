"""`shop scale`: what each page costs in a shop with thousands of products and orders."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.subprocesses import run_module

Products = Annotated[int, typer.Option("--products", min=25, help="Number of products.")]
Orders = Annotated[int, typer.Option("--orders", min=0, help="Number of orders.")]
Report = Annotated[Path | None, typer.Option("--report", help="Also write the report to a file.")]


def scale(products: Products = 2_000, orders: Orders = 3_000, report: Report = None) -> None:
    """Measure pages of a large shop: round trips, read units, bytes and CPU time.

    Takes about three minutes, without a cloud. Fails when a page that should read only what it
    shows exceeds a bound.
    """
    options = ["--products", str(products), "--orders", str(orders)]
    if report:
        options += ["--report", str(report.absolute())]
    run_module("tests.benchmarks.scale", *options)
