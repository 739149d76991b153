"""The sales page: figures, curves and best sellers of a period, and the same as CSV files."""

from collections.abc import Iterable
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from app.analytics.report import Period, Report, report_of
from app.catalog.catalog_cache import Catalogue, Piece, whole_catalogue
from app.csv_io.escaping import Cell
from app.errors import NotFound
from app.inventory.models import Stock
from app.inventory.reservations import on_hand
from app.money import plain
from app.web.admin.csv_responses import csv_file
from app.web.http.request_time import Now
from app.web.http.templating import page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)

Wanted = Annotated[Period, Query()]
Table = Literal["spans", "sellers"]

SPANS = ("from (UTC)", "orders", "paid", "revenue", "refunds")
SELLERS = ("sku", "title", "pieces", "revenue")


@router.get("/desk/sales")
def sales(request: Request, _: Merchant, now: Now, period: Wanted = "7d") -> Response:
    report, shelves = report_of(period, now), whole_catalogue(now)
    return page(
        request,
        "admin/sales.html",
        period=period,
        report=report,
        titles=_titles(report, shelves),
        out=sold_out(shelves),
    )


@router.get("/desk/sales/{table}.csv")
def sales_file(_: Merchant, now: Now, table: Table, period: Wanted = "7d") -> Response:
    report = report_of(period, now)
    name = f"{table}-{period}-{now:%Y-%m-%d}"
    if table == "spans":
        return csv_file(name, SPANS, list(_span_rows(report)))
    return csv_file(name, SELLERS, list(_seller_rows(report, whole_catalogue(now))))


def _span_rows(report: Report) -> Iterable[tuple[Cell, ...]]:
    for span in report.spans:
        start = f"{span.start:%Y-%m-%d %H:%M}"
        yield start, span.placed, span.paid, plain(span.revenue), plain(span.refunds)


def _seller_rows(report: Report, shelves: Catalogue) -> Iterable[tuple[Cell, ...]]:
    titles = _titles(report, shelves)
    for seller in report.best:
        yield seller.sku, titles[seller.sku], seller.pieces, plain(seller.cents)


def sold_out(shelves: Catalogue) -> list[tuple[Piece, Stock]]:
    """Skus on the shelf that nobody can buy just now, the best sellers of all time first."""
    listed = [piece for piece in shelves.pieces if piece.product.listed]
    stock = on_hand(variant.sku for piece in listed for variant in piece.product.variants)
    rows = [
        (piece, stock[v.sku]) for piece in listed for v in piece.product.variants if v.sku in stock
    ]
    return sorted((it for it in rows if not it[1].available), key=lambda it: -it[1].sold)


def _titles(report: Report, shelves: Catalogue) -> dict[str, str]:
    """By sku; what is no longer sold is named by its sku alone."""
    return {seller.sku: _title(shelves, seller.sku) for seller in report.best}


def _title(shelves: Catalogue, sku: str) -> str:
    try:
        piece = shelves.piece_with(sku)
    except NotFound:
        return "no longer sold"
    name = piece.variant(sku).name
    return piece.product.title if name == "Default" else f"{piece.product.title}, {name}"
