"""What became of a file of products: a page that draws itself anew until it is final, or CSV."""

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response

from app.catalog.imports.jobs import find_import, outcomes
from app.catalog.imports.rows import Import, Told
from app.csv_io.escaping import Cell
from app.web.admin.csv_responses import csv_file
from app.web.http.templating import page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)
HEADING = ("row", "piece", "became", "column", "what is wrong")


@router.get("/desk/imports/{import_id}/report")
def report(request: Request, _: Merchant, import_id: str) -> Response:
    it = find_import(import_id)
    told = outcomes(it.import_id)
    return page(
        request,
        "admin/import.html",
        parts=["report"],
        it=it,
        pieces=told if it.settled else [],
        counts=_counts(told),
    )


@router.get("/desk/imports/{import_id}/report.csv")
def report_file(_: Merchant, import_id: str) -> Response:
    it = find_import(import_id)
    return csv_file(f"import-{it.import_id}", HEADING, list(_lines(it, outcomes(it.import_id))))


def _counts(told: Sequence[Told]) -> dict[str, int]:
    """How many rows became what, and how many were looked at."""
    counts = dict.fromkeys(("added", "changed", "unchanged", "wrong"), 0)
    for one in told:
        counts[one.became] += len(one.rows)
    return {**counts, "all": sum(counts.values())}


def _lines(it: Import, told: Sequence[Told]) -> Iterator[tuple[Cell, ...]]:
    """A line for each thing that is wrong; for good rows one each."""
    if it.reason:
        yield "", "", "refused", "", it.reason
    for one in told:
        wrong: list[Any] = [(it.row, it.column, it.message) for it in one.wrong]
        for row, column, message in wrong or [(row, "", "") for row in one.rows]:
            yield row, one.slug or one.title, one.became, column, message
