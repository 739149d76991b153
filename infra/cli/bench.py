"""`shop bench`: cold starts, bundle sizes and warm requests, beside common alternatives."""

from pathlib import Path
from typing import Annotated

import typer

from infra.build.bundles import ROOT
from infra.cli.subprocesses import run_module

Json = Annotated[Path, typer.Option("--json", help="File for all figures.")]
Against = Annotated[
    Path | None, typer.Option("--against", help="Compare with the figures of an earlier run.")
]
Draw = Annotated[bool, typer.Option("--draw", help="Draw the README's chart of cold starts.")]
Report = Annotated[Path | None, typer.Option("--report", help="Also write the report to a file.")]


def bench(
    json: Json = ROOT / "build/bench.json",
    against: Against = None,
    report: Report = None,
    draw: Draw = False,  # noqa: FBT002 (an option of the command line)
) -> None:
    """Measure cold starts, bundle sizes and warm requests.

    Takes about ten minutes. Counts instructions where Valgrind is installed. Fails when a count
    exceeds its budget (sizes, modules, round trips, instructions of warm requests); times and
    ratios of starts are printed only.
    """
    options = ["--json", str(json.absolute())]
    if against:
        options += ["--against", str(against.absolute())]
    if report:
        options += ["--report", str(report.absolute())]
    if draw:
        options += ["--draw"]
    run_module("tests.benchmarks.starts", *options)
