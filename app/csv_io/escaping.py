"""Cells of CSV files: what a spreadsheet would run is made text, and read back as it was meant."""

import csv
import io
from collections.abc import Collection, Sequence

# A spreadsheet takes a cell that starts like this for a formula:
# https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "\t", "\r")
MARK = "'"

type Cell = str | int


def harmless(cell: Cell) -> Cell:
    """The mark is put before a mark as well: ``as_meant`` takes off exactly one."""
    risky = isinstance(cell, str) and cell.lstrip(MARK).startswith(FORMULA)
    return f"{MARK}{cell}" if risky else cell


def as_meant(cell: str) -> str:
    return cell[1:] if cell.startswith(MARK) and cell.lstrip(MARK).startswith(FORMULA) else cell


def written(heading: Sequence[str], rows: Collection[Sequence[Cell]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heading)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue()
