"""`shop bench`: how fast functions start and answer, beside what one usually builds."""

from pathlib import Path
from typing import Annotated

import typer

from infra.build.bundles import ROOT
from infra.cli.subprocesses import hand_over

Json = Annotated[Path, typer.Option("--json", help="Where all figures are kept.")]
Against = Annotated[Path | None, typer.Option("--against", help="An earlier run's figures.")]
Draw = Annotated[bool, typer.Option("--draw", help="Draw the cold starts for the README.")]
Report = Annotated[Path | None, typer.Option("--report", help="Write it to this file as well.")]


def bench(
    json: Json = ROOT / "build/bench.json",
    against: Against = None,
    report: Report = None,
    draw: Draw = False,  # noqa: FBT002 (an option of the command line)
) -> None:
    """Measure cold starts, bundles, warm requests and thumbnails; takes some five minutes.

    Instructions are counted where Valgrind is installed. Fails on a count that was promised and
    is not kept: sizes, modules, round trips. Times and ratios are told, and judge nothing.
    """
    asked = ["--json", str(json.absolute())]
    if against:
        asked += ["--against", str(against.absolute())]
    if report:
        asked += ["--report", str(report.absolute())]
    if draw:
        asked += ["--draw"]
    hand_over("tests.benchmarks.starts", *asked)
