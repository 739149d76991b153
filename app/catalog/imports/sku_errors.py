"""SKUs of a file that cannot be what the merchant has meant: repeated or converted ones."""

from collections.abc import Iterable

from app.catalog.catalog_cache import Catalog
from app.catalog.imports.converted_texts import OriginalTexts, looks_converted
from app.catalog.imports.parsing import CONVERTED, sku_of
from app.csv_io.reader import CsvRow

REPEATED = "Enter a different SKU: row {first} has this one."
AS_IT_WAS = "the SKU as it was"


def sku_errors(rows: Iterable[CsvRow], catalog: Catalog) -> dict[int, str]:
    """What is wrong with the SKU, by the number of its row."""
    skus = OriginalTexts(v.sku for entry in catalog.entries for v in entry.product.variants)
    first: dict[str, int] = {}
    errors = {}
    for row in (row for row in rows if row.is_variant):
        cell, sku = row.cells.get("sku", "").strip(), sku_of(row)
        original = skus.find(cell)
        if original or (sku not in skus.known and looks_converted(cell)):
            errors[row.number] = CONVERTED.format(cell=cell, original=original or AS_IT_WAS)
        elif sku and first.setdefault(sku, row.number) != row.number:
            errors[row.number] = REPEATED.format(first=first[sku])
    return errors
