"""Stock by file: each row counts or changes the available units of one SKU, once.

The adjustment's id is that of the row, so a repeat after a crash has no effect.
"""

from collections.abc import Mapping
from datetime import datetime

from app.catalog.catalog_cache import Catalog
from app.catalog.imports.models import ImportJob, ProductResult
from app.catalog.imports.parsing import InvalidRows, sku_of
from app.catalog.imports.stock_cells import invalid_cell, read_adjustment
from app.csv_io.reader import CsvRow
from app.errors import Conflict, NotFound
from app.inventory.adjustments import (
    AlreadySubmitted,
    StaleCount,
    adjust,
    is_adjusted,
)
from app.inventory.reservations import read_stock_consistently

UNKNOWN = "No product has this SKU. Correct it, or remove the row."
STALE = (
    "The stock was changed after the export: {changes}. "
    "Count again, and enter the units that are there."
)
SOLD = "More units were sold since the count than were left. Count again."
TOO_MANY = "Only {available} units are available. Enter -{available} or more."


def process_stock_row(
    job: ImportJob, row: CsvRow, catalog: Catalog, errors: Mapping[int, str], now: datetime
) -> ProductResult:
    """Adjust the stock, and return the result for the report."""
    sku = sku_of(row)
    title, slug = sku, ""
    try:
        if message := row.error or errors.get(row.number, ""):
            raise invalid_cell(row, "" if row.error else "sku", message)
        try:
            product = catalog.entry_with_sku(sku).product
        except NotFound:
            raise invalid_cell(row, "sku", UNKNOWN) from None
        title, slug = f"{product.title} ({sku})", str(product.slug)
        is_changed = _adjust(job, row, sku, now)
    except InvalidRows as invalid:
        return ProductResult((row.number,), title, slug, "invalid", invalid.errors)
    return ProductResult((row.number,), title, slug, "updated" if is_changed else "unchanged")


def _adjust(job: ImportJob, row: CsvRow, sku: str, now: datetime) -> bool:
    """Whether this row has changed the stock, now or before a crash."""
    stock = read_stock_consistently([sku])[sku]
    adjustment = read_adjustment(f"{job.import_id}-{row.number}", stock, row)
    if adjustment is None:
        return False
    if not adjustment.change and adjustment.expected_version in (None, stock.merchant_changes):
        return is_adjusted(sku, adjustment.adjustment_id)
    try:
        adjust(adjustment, by=job.by, now=now)
    except AlreadySubmitted:  # by this row, before a crash: orders have passed since
        return True
    except StaleCount as stale:
        changes = ", ".join(f"{it.reason} {it.change:+d} by {it.by}" for it in stale.entries)
        raise invalid_cell(row, "count", STALE.format(changes=changes)) from stale
    except Conflict as conflict:
        is_count = adjustment.reason == "counted"
        message = SOLD if is_count else TOO_MANY.format(available=stock.available)
        raise invalid_cell(row, "count" if is_count else "change", message) from conflict
    return True
