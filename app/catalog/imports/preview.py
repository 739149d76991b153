"""The preview of an import: what would be added, changed or left alone, and what is wrong."""

from collections import Counter
from collections.abc import Iterable

from app.catalog.catalog_cache import Catalog
from app.catalog.imports.models import (
    MAX_SHOWN,
    ImportOutcome,
    Preview,
    PreviewedProduct,
    ProductResult,
    RowError,
)
from app.catalog.imports.parsing import (
    IN_USE,
    InvalidRows,
    ProductRows,
    group_rows,
    parse_product,
    sku_of,
)
from app.catalog.imports.sku_errors import sku_errors
from app.catalog.products import ProductEdit
from app.csv_io.reader import CsvRow

MAX_SHOWN_ERRORS = 5  # of one product
MAX_SHOWN_ROWS = 60


def preview_rows(rows: list[CsvRow], catalog: Catalog) -> Preview:
    """Read the rows as the import does. Nothing is written."""
    errors = sku_errors(rows, catalog)
    in_use = {v.sku for entry in catalog.entries for v in entry.product.variants}
    counts, shown = Counter[str](), Counter[str]()
    products = []
    for group in group_rows(rows, catalog):
        product = _preview(group, errors, in_use)
        outcome = product.result.outcome
        counts[outcome] += len(group.rows)
        shown[outcome] += 1
        if shown[outcome] <= MAX_SHOWN:
            products.append(product)
    return Preview(dict(counts), tuple(products))


def _preview(group: ProductRows, errors: dict[int, str], in_use: set[str]) -> PreviewedProduct:
    try:
        parsed = parse_product(group, errors)
        if isinstance(parsed, ProductEdit):
            changes = tuple(parsed.changes)
            return _previewed(group, "updated" if changes else "unchanged", changes=changes)
        _require_new_skus(group.rows, in_use)
    except InvalidRows as invalid:
        return _previewed(group, "invalid", errors=invalid.errors)
    return _previewed(group, "created")


def _require_new_skus(rows: Iterable[CsvRow], in_use: set[str]) -> None:
    if errors := [RowError(row.number, "sku", IN_USE) for row in rows if sku_of(row) in in_use]:
        raise InvalidRows(errors)


def _previewed(
    group: ProductRows,
    outcome: ImportOutcome,
    *,
    changes: tuple[str, ...] = (),
    errors: tuple[RowError, ...] = (),
) -> PreviewedProduct:
    slug = group.product.slug if group.product else ""
    numbers, shown = group.numbers[:MAX_SHOWN_ROWS], errors[:MAX_SHOWN_ERRORS]
    return PreviewedProduct(ProductResult(numbers, group.title, slug, outcome, shown), changes)
