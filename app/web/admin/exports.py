"""All products as a file: one line for each sku, drafts too; the import takes it as it is."""

from collections.abc import Iterator

from fastapi import APIRouter, Response

from app.catalog.catalog_cache import Catalogue, whole_catalogue
from app.catalog.imports.parsing import COLUMNS
from app.catalog.models import Product, Variant
from app.catalog.product_fields import as_typed
from app.csv_io.escaping import Cell
from app.inventory.models import Stock
from app.inventory.reservations import on_hand
from app.web.admin.csv_responses import csv_file
from app.web.http.request_time import Now
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)


@router.get("/desk/products.csv")
def products_file(_: Merchant, now: Now) -> Response:
    shelves = whole_catalogue(now)
    stock = on_hand(v.sku for piece in shelves.pieces for v in piece.product.variants)
    return csv_file(f"products-{now:%Y-%m-%d}", COLUMNS, list(_rows(shelves, stock)))


def _rows(shelves: Catalogue, stock: dict[str, Stock]) -> Iterator[list[Cell]]:
    for product in (piece.product for piece in shelves.pieces):
        for variant in product.variants:
            cells = _cells(product, variant, stock.get(variant.sku, Stock(variant.sku)))
            yield [cells[column] for column in COLUMNS]


def _cells(product: Product, variant: Variant, row: Stock) -> dict[str, Cell]:
    return {
        **as_typed(product),
        "slug": product.slug,
        "sku": variant.sku,
        "variant": variant.name,
        "colour": variant.swatch or "",
        "available": row.available,
        "reserved": row.reserved,
        "sold": row.sold,
    }
