"""Tables as CSV files that a spreadsheet opens and never runs."""

import csv
import io
from collections.abc import Iterable, Sequence

from fastapi.responses import Response

# A spreadsheet takes a cell that starts like this for a formula:
# https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "\t", "\r")

type Cell = str | int


def csv_file(name: str, heading: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """An answer that the browser saves under this name."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(heading)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(written.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
