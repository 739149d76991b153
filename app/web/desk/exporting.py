"""All products as a file: one line for each sku, drafts too; the import takes it as it is."""

from collections.abc import Iterator

from fastapi import APIRouter, Response

from app.catalog.browsing import Catalogue, whole_catalogue
from app.catalog.describing import as_typed
from app.catalog.models import Product, Variant
from app.catalog.pieces_in_files import COLUMNS
from app.cells import Cell
from app.inventory.models import Stock
from app.inventory.stock import on_hand
from app.web.clock import Now
from app.web.desk.csv_files import csv_file
from app.web.sessions import Merchant

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
