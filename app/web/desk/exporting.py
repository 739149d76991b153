"""All products as a file: one line for each sku, drafts too."""

from collections.abc import Iterable

from fastapi import APIRouter, Response

from app.catalog.browsing import Catalogue, whole_catalogue
from app.inventory.models import Stock
from app.inventory.stock import on_hand
from app.money import plain
from app.web.clock import Now
from app.web.desk.csv_files import Cell, csv_file
from app.web.sessions import Merchant

router = APIRouter(include_in_schema=False)

HEADING = (
    *("slug", "sku", "title", "variant", "category", "blurb", "details", "tags"),
    *("price", "compare_at", "weight_g", "listed", "available", "reserved", "sold"),
)


@router.get("/desk/products.csv")
def products_file(_: Merchant, now: Now) -> Response:
    shelves = whole_catalogue(now)
    stock = on_hand(v.sku for piece in shelves.pieces for v in piece.product.variants)
    return csv_file(f"products-{now:%Y-%m-%d}", HEADING, _rows(shelves, stock))


def _rows(shelves: Catalogue, stock: dict[str, Stock]) -> Iterable[tuple[Cell, ...]]:
    for product in (piece.product for piece in shelves.pieces):
        said = (
            product.category,
            product.blurb,
            "\n".join(product.details),
            ", ".join(product.tags),
        )
        costs = (
            plain(product.price),
            plain(product.compare_at) if product.compare_at else "",
            product.weight_g or "",
            "yes" if product.listed else "no",
        )
        for variant in product.variants:
            row = stock.get(variant.sku, Stock(variant.sku))
            counts = (row.available, row.reserved, row.sold)
            yield (product.slug, variant.sku, product.title, variant.name, *said, *costs, *counts)
