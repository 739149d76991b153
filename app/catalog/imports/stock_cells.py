"""The cells of a stock file: a count of the available units, or a change of them."""

from app.catalog.imports.models import MAX_COUNT, RowError
from app.catalog.imports.parsing import InvalidRows
from app.csv_io.reader import CsvRow
from app.form_fields import error_message, read_number
from app.inventory.adjustments import Adjustment
from app.inventory.models import Stock
from app.number_notation import plain_number

BOTH = "Enter a count or a change, and leave the other cell empty."
NO_CHANGE = "Enter a change as a whole number, like 12 or -3."


def read_adjustment(adjustment_id: str, stock: Stock, row: CsvRow) -> Adjustment | None:
    """``None`` for a row with neither a count nor a change. Raises ``InvalidRows``.

    A count is compared with what the file says was there; without that, with what is there now.
    Compare-and-set: ``stock_version`` is the number of the merchants' changes at the export.
    """
    count, change = read_cell(row, "count"), read_cell(row, "change")
    if count is not None and change is not None:
        raise invalid_cell(row, "change", BOTH)
    if change is not None:
        return Adjustment(adjustment_id, stock.sku, "found" if change > 0 else "broken", change)
    if count is None:
        return None
    shown, version = read_cell(row, "available"), read_cell(row, "stock_version")
    return Adjustment.from_count(
        adjustment_id,
        stock.sku,
        counted=count,
        shown=stock.available if shown is None else shown,
        version=int(stock.merchant_changes) if version is None else version,
    )


def read_cell(row: CsvRow, column: str) -> int | None:
    """The whole number in this cell; only a change may be negative. Raises ``InvalidRows``."""
    if not (cell := row.cells.get(column, "").strip()):
        return None
    sign = -1 if column == "change" and plain_number(cell).startswith("-") else 1
    try:
        return sign * read_number(plain_number(cell)[sign < 0 :], maximum=MAX_COUNT)
    except ValueError as error:
        label = f"a {column.replace('_', ' ')}"
        message = NO_CHANGE if column == "change" else str(error_message(error, label))
        raise invalid_cell(row, column, message) from error


def invalid_cell(row: CsvRow, column: str, message: str) -> InvalidRows:
    return InvalidRows([RowError(row.number, column, message)])
