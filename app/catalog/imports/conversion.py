"""Converts another program's rows to the rows of our own export, which the import reads."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.catalog.catalog_cache import Catalog
from app.catalog.imports.foreign_skus import foreign_sku, made_sku
from app.catalog.imports.models import ColumnMapping
from app.catalog.imports.product_cells import product_cells
from app.catalog.imports.source_rows import SourceRow, source_rows
from app.catalog.imports.variant_cells import variant_cells
from app.catalog.models import Product
from app.csv_io.reader import CsvRow
from app.csv_io.tables import CsvTable

REFUSED_KINDS = {
    "grouped": "A grouped product has no price of its own. Import its products, and leave it out.",
    "external": "An external product is sold by another shop. Leave this row out.",
    "virtual": "This shop sells what can be shipped. Leave virtual products out.",
    "downloadable": "This shop sells what can be shipped. Leave downloads out.",
}


@dataclass(frozen=True)
class Conversion:
    """The rows as our own export has them, and the addresses of the images that are left out.

    ``is_stock`` if they are those of the stock export.
    """

    rows: list[CsvRow]
    images: tuple[str, ...]
    is_stock: bool = False


def convert_table(table: CsvTable, mapping: ColumnMapping, catalog: Catalog) -> Conversion:
    """Products of the shop are found by slug, then by SKU, then by title."""
    rows = source_rows(table, mapping)
    if "slug" not in mapping.fields.values():
        _find_by_sku(rows, catalog)
    products = {str(entry.product.slug): entry.product for entry in catalog.entries}
    converted = [_convert(row, mapping, products.get(row.product)) for row in rows]
    return Conversion(converted, tuple(dict.fromkeys(_images(rows))))


def _find_by_sku(rows: Iterable[SourceRow], catalog: Catalog) -> None:
    slugs = {v.sku: str(it.product.slug) for it in catalog.entries for v in it.product.variants}
    found: dict[str, str] = {}
    for row in rows:
        if slug := slugs.get(foreign_sku(row.get("sku"))):
            found.setdefault(row.product or f"row {row.number}", slug)
    for row in rows:
        row.product = found.get(row.product or f"row {row.number}", row.product)


def _convert(row: SourceRow, mapping: ColumnMapping, product: Product | None) -> CsvRow:
    cells = {"slug": row.product, **product_cells(row)}
    if refusal := next((it for kind, it in REFUSED_KINDS.items() if kind in row.kind), ""):
        return CsvRow(row.number, cells, refusal)
    if not row.is_variant:
        return CsvRow(row.number, cells, is_variant=False)
    cells |= variant_cells(row, include_stock=mapping.include_stock)
    cells["sku"] = foreign_sku(row.get("sku")) or made_sku(
        row.product, cells.get("variant", ""), product
    )
    if product is None:
        cells = {"category": mapping.category, "blurb": row.get("title")[:300], **cells}
    return CsvRow(row.number, cells)


def _images(rows: Iterable[SourceRow]) -> Iterator[str]:
    """One cell may have several addresses, separated by commas."""
    for row in rows:
        for cell in row.values.get("image", ()):
            yield from (address.strip() for address in cell.split(",") if address.strip())
