"""What is for sale, for programs: every product, or one, with prices and what is left."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from app.catalog.catalog_cache import CatalogEntry, cached_catalog
from app.inventory.models import Stock
from app.inventory.reservations import LOW_STOCK_THRESHOLD, read_stock
from app.money import CURRENCY
from app.settings import settings
from app.web.api.schemas import ApiResponse, problems
from app.web.http.request_time import Now
from app.web.security.authorization import PUBLIC

router = APIRouter(tags=["products"], responses=problems(400, 422), dependencies=[PUBLIC])
API_IMAGE_WIDTH = 960

Category = Annotated[
    str | None, Query(max_length=60, description="Only this shelf, such as `Vases`.")
]
Cents = Annotated[int, Field(ge=0, description="Whole cents, VAT included.")]


class VariantResponse(ApiResponse):
    sku: str
    name: str
    swatch: str | None = Field(description="A colour such as #2f5a52.")
    price: Cents
    availability: Literal["in_stock", "few_left", "sold_out"]


class ImageResponse(ApiResponse):
    alt: str
    url: str


class ProductResponse(ApiResponse):
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
    pictures: list[ImageResponse]
    variants: list[VariantResponse]


class ProductListResponse(ApiResponse):
    products: list[ProductResponse]


@router.get("/api/products", summary="List the products")
def list_products(now: Now, category: Category = None) -> ProductListResponse:
    """All of them, in the order of the shelf. A shelf that we do not have is empty."""
    shelf = cached_catalog(now)
    pieces = shelf.entries if category is None else shelf.in_category(category)
    stock = read_stock(v.sku for piece in pieces for v in piece.product.variants)
    return ProductListResponse(products=[_product_response(piece, stock) for piece in pieces])


@router.get("/api/products/{slug}", summary="Read a product", responses=problems(404))
def read_product(now: Now, slug: str) -> ProductResponse:
    piece = cached_catalog(now).entry(slug)
    return _product_response(piece, read_stock(variant.sku for variant in piece.product.variants))


def _product_response(piece: CatalogEntry, stock: dict[str, Stock]) -> ProductResponse:
    product, base = piece.product, settings().base_url
    return ProductResponse(
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
        pictures=[ImageResponse(alt=p.alt, url=f"{base}{p.url(API_IMAGE_WIDTH)}") for p in piece.images],
        variants=[
            VariantResponse(
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
    return "few_left" if row.available <= LOW_STOCK_THRESHOLD else "in_stock"
