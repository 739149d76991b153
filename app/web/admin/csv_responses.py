"""Tables as CSV files that the browser saves."""

from collections.abc import Collection, Sequence

from fastapi.responses import Response

from app.csv_io.escaping import Cell, written


def csv_file(name: str, heading: Sequence[str], rows: Collection[Sequence[Cell]]) -> Response:
    """Under this name, and with the mark by which Excel knows that it is UTF-8."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    content = written(heading, rows).encode("utf-8-sig")
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
