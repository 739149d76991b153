"""CSV injection: exported cells that a spreadsheet would run as a formula are escaped.

https://owasp.org/www-community/attacks/CSV_Injection
"""

import csv
import io
from collections.abc import Collection, Iterable, Sequence

# Excel reads the full-width characters as formulas too in some regions.
FULL_WIDTH_PREFIXES = ("\uff1d", "\uff0b", "\uff0d", "\uff20")
FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r", "\n", *FULL_WIDTH_PREFIXES)
ESCAPE_PREFIX = "'"

type Cell = str | int


def escape_cell(cell: Cell) -> Cell:
    """Prefix a formula with an apostrophe, also after apostrophes that it already begins with."""
    is_formula = isinstance(cell, str) and cell.lstrip(ESCAPE_PREFIX).startswith(FORMULA_PREFIXES)
    return f"{ESCAPE_PREFIX}{cell}" if is_formula else cell


def unescape_cell(cell: str) -> str:
    """Undo ``escape_cell``: remove exactly one apostrophe in front of a formula."""
    is_formula = cell.lstrip(ESCAPE_PREFIX).startswith(FORMULA_PREFIXES)
    return cell[1:] if is_formula and cell.startswith(ESCAPE_PREFIX) else cell


def write_csv(header: Sequence[str], rows: Collection[Sequence[Cell]]) -> str:
    """Return a CSV file with escaped cells."""
    return write_rows([header]) + write_rows(rows)


def write_rows(rows: Iterable[Sequence[Cell]]) -> str:
    """Return rows of a CSV file with escaped cells, without a header."""
    out = io.StringIO()
    csv.writer(out).writerows([escape_cell(cell) for cell in row] for row in rows)
    return out.getvalue()
