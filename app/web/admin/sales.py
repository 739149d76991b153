"""The sales report of a period: figures, charts and best sellers, on a page and as CSV."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from app.analytics.report import Period, SalesReport, sales_report
from app.catalog.catalog_cache import (
    Catalog,
    CatalogEntry,
    cached_availability,
    cached_catalog,
    read_full_catalog,
)
from app.catalog.models import DEFAULT_VARIANT
from app.csv_io.escaping import Cell, text_cell
from app.errors import NotFound
from app.i18n.currency import format_plain
from app.inventory.models import Stock
from app.inventory.reservations import read_stock_consistently
from app.shop_time import shop_day, shop_zone
from app.web.admin.csv_responses import csv_download
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.sessions import SHOP_OWNER, Merchant

router = APIRouter(include_in_schema=False, dependencies=[SHOP_OWNER])

SelectedPeriod = Annotated[Period, Query()]
Table = Literal["intervals", "best-sellers"]

INTERVAL_COLUMNS = ("utc offset", "orders", "paid", "payments", "refunds", "revenue")
BEST_SELLER_COLUMNS = ("sku", "title", "units", "revenue")


@router.get("/admin/sales")
def sales_page(request: Request, _: Merchant, now: Now, period: SelectedPeriod = "7d") -> Response:
    report = sales_report(period, now)
    return render_page(
        request,
        "admin/sales.html",
        period=period,
        report=report,
        time_zone=shop_zone().key,
        titles=_titles(report, _catalog_of(report, now)),
        sold_out=sold_out_variants(now),
    )


@router.get("/admin/sales/{table}.csv")
def export_sales(_: Merchant, now: Now, table: Table, period: SelectedPeriod = "7d") -> Response:
    report = sales_report(period, now)
    name = f"{table}-{period}-{shop_day(now)}"
    if table == "intervals":
        return csv_download(
            name, (f"from ({shop_zone()})", *INTERVAL_COLUMNS), list(_interval_rows(report))
        )
    rows = list(_best_seller_rows(report, _catalog_of(report, now)))
    return csv_download(name, BEST_SELLER_COLUMNS, rows)


def _interval_rows(report: SalesReport) -> Iterable[tuple[Cell, ...]]:
    for it in report.intervals:
        start, offset = f"{it.start:%Y-%m-%d %H:%M}", f"UTC{it.start:%:z}"
        amounts = (format_plain(cents) for cents in (it.payments, it.refunds, it.revenue))
        yield start, offset, it.placed, it.paid, *amounts


def _best_seller_rows(report: SalesReport, catalog: Catalog) -> Iterable[tuple[Cell, ...]]:
    titles = _titles(report, catalog)
    for seller in report.best_sellers:
        names = map(text_cell, (seller.sku, titles[seller.sku]))
        yield *names, seller.units, format_plain(seller.cents)


def _catalog_of(report: SalesReport, now: datetime) -> Catalog:
    """The cached catalog, which has no drafts; so all products are read if one of them was sold."""
    catalog = cached_catalog(now)
    is_complete = all(catalog.has_sku(seller.sku) for seller in report.best_sellers)
    return catalog if is_complete else read_full_catalog(now)


def sold_out_variants(now: datetime) -> list[tuple[CatalogEntry, Stock]]:
    """Published SKUs without available stock, those with the most units ever sold first.

    They are found by the cached availability, and read again.
    """
    catalog, units = cached_catalog(now), cached_availability(now).units
    skus = [sku for sku, available in units.items() if not available and catalog.has_sku(sku)]
    stock = read_stock_consistently(skus) if skus else {}
    rows = [
        (catalog.entry_with_sku(sku), item) for sku, item in stock.items() if not item.available
    ]
    return sorted(rows, key=lambda row: -row[1].sold)


def _titles(report: SalesReport, catalog: Catalog) -> dict[str, str]:
    """Product and variant names by SKU."""
    return {seller.sku: _title(catalog, seller.sku) for seller in report.best_sellers}


def _title(catalog: Catalog, sku: str) -> str:
    try:
        entry = catalog.entry_with_sku(sku)
    except NotFound:
        return "no longer sold"
    name = entry.variant(sku).name
    return entry.product.title if name == DEFAULT_VARIANT else f"{entry.product.title}, {name}"
