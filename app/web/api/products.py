"""What is for sale, for programs: every product, or one, with prices and what is left."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from app.catalog.catalog_cache import Piece, catalogue
from app.inventory.models import Stock
from app.inventory.reservations import LOW, on_hand
from app.money import CURRENCY
from app.settings import settings
from app.web.api.schemas import Answer, problems
from app.web.http.request_time import Now
from app.web.security.authorization import FOR_ANYONE

router = APIRouter(tags=["products"], responses=problems(400, 422), dependencies=[FOR_ANYONE])
LARGE = 960

Category = Annotated[
    str | None, Query(max_length=60, description="Only this shelf, such as `Vases`.")
]
Cents = Annotated[int, Field(ge=0, description="Whole cents, VAT included.")]


class VariantAnswer(Answer):
    sku: str
    name: str
    swatch: str | None = Field(description="A colour such as #2f5a52.")
    price: Cents
    availability: Literal["in_stock", "few_left", "sold_out"]


class PictureAnswer(Answer):
    alt: str
    url: str


class ProductAnswer(Answer):
    slug: str
    title: str
    category: str
    blurb: str
    details: list[str]
    price: Cents
    compare_at: Cents | None = Field(description="The price before, for what is on sale.")
    currency: str
    weight_g: int | None
    url: str = Field(description="Its page for people.")
    pictures: list[PictureAnswer]
    variants: list[VariantAnswer]


class ProductsAnswer(Answer):
    products: list[ProductAnswer]


@router.get("/api/products", summary="List the products")
def list_products(now: Now, category: Category = None) -> ProductsAnswer:
    """All of them, in the order of the shelf. A shelf that we do not have is empty."""
    shelf = catalogue(now)
    pieces = shelf.pieces if category is None else shelf.in_category(category)
    stock = on_hand(v.sku for piece in pieces for v in piece.product.variants)
    return ProductsAnswer(products=[_described(piece, stock) for piece in pieces])


@router.get("/api/products/{slug}", summary="Read a product", responses=problems(404))
def read_product(now: Now, slug: str) -> ProductAnswer:
    piece = catalogue(now).piece(slug)
    return _described(piece, on_hand(variant.sku for variant in piece.product.variants))


def _described(piece: Piece, stock: dict[str, Stock]) -> ProductAnswer:
    product, base = piece.product, settings().base_url
    return ProductAnswer(
        slug=product.slug,
        title=product.title,
        category=product.category,
        blurb=product.blurb,
        details=list(product.details),
        price=product.price,
        compare_at=product.compare_at,
        currency=CURRENCY,
        weight_g=product.weight_g,
        url=f"{base}/products/{product.slug}",
        pictures=[PictureAnswer(alt=p.alt, url=f"{base}{p.url(LARGE)}") for p in piece.pictures],
        variants=[
            VariantAnswer(
                sku=variant.sku,
                name=variant.name,
                swatch=variant.swatch,
                price=_price(stock.get(variant.sku), product.price),
                availability=_availability(stock.get(variant.sku)),
            )
            for variant in product.variants
        ],
    )


def _price(row: Stock | None, listed: int) -> int:
    """What an order would be charged: the catalogue may be half a minute old."""
    return int(row.price) if row else listed


def _availability(row: Stock | None) -> Literal["in_stock", "few_left", "sold_out"]:
    if row is None or not row.on_sale or not row.available:
        return "sold_out"
    return "few_left" if row.available <= LOW else "in_stock"
