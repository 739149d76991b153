"""CSV downloads of the admin's tables."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import batched

from fastapi.responses import Response, StreamingResponse

from app.csv_io.escaping import Cell, write_csv, write_rows

ROWS_AT_ONCE = 200
MEDIA_TYPE = "text/csv; charset=utf-8"


def csv_download(name: str, header: Sequence[str], rows: Collection[Sequence[Cell]]) -> Response:
    """A download named ``name.csv``, with the byte order mark by which Excel recognises UTF-8."""
    content = write_csv(header, rows).encode("utf-8-sig")
    return Response(content, media_type=MEDIA_TYPE, headers=_headers(name))


def csv_stream(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """Like ``csv_download``, for any number of rows: they are written as they are read."""

    def parts() -> Iterator[bytes]:
        yield write_csv(header, ()).encode("utf-8-sig")
        for batch in batched(rows, ROWS_AT_ONCE):
            yield write_rows(batch).encode()

    return StreamingResponse(parts(), media_type=MEDIA_TYPE, headers=_headers(name))


def _headers(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}.csv"'}
