"""CSV downloads of the admin's tables."""

from collections.abc import Collection, Sequence

from fastapi.responses import Response

from app.csv_io.escaping import Cell, write_csv


def csv_download(name: str, header: Sequence[str], rows: Collection[Sequence[Cell]]) -> Response:
    """A download named ``name.csv``, with the byte order mark by which Excel recognises UTF-8."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    content = write_csv(header, rows).encode("utf-8-sig")
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
