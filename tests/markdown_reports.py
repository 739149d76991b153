"""Print figures as a table, and write them as a Markdown report to tests/reports."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table

from infra.build.bundles import ROOT
from infra.cli.terminal import out

type Rows = Sequence[Sequence[object]]

REPORTS = ROOT / "tests/reports"


def print_table(headings: Sequence[str], rows: Rows) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="right" if index else "left")
    for row in rows:
        table.add_row(*map(str, row))
    out.print(table)


def write_report(name: str, introduction: str, headings: Sequence[str], rows: Rows) -> Path:
    """Overwrite the report: introduction, date of the run, and the table."""
    lines = [
        f"{introduction} Run of {datetime.now(UTC):%Y-%m-%d}.",
        "",
        _line(headings),
        _line(["---", *["---:"] * (len(headings) - 1)]),
        *map(_line, rows),
    ]
    path = REPORTS / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def _line(cells: Sequence[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"
