"""The products API: published products with prices and availability."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.catalog.catalog_cache import CatalogEntry, cached_catalog
from app.catalog.missing_products import refresh_if_missing
from app.catalog.pagination import CursorPage, page_after
from app.i18n.currency import CURRENCY
from app.inventory.offers import Offer, read_offers
from app.inventory.reservations import LOW_STOCK_THRESHOLD
from app.settings import settings
from app.text_policy import clean_search_text
from app.web.api.conditional_requests import (
    ETAG_HEADER,
    IF_NONE_MATCH,
    NOT_MODIFIED,
    ConditionalRoute,
)
from app.web.api.schemas import ApiResponse, problems
from app.web.http.forms import WholeNumber
from app.web.http.request_time import Now
from app.web.security.authorization import PUBLIC
from app.web.security.errors import RequestRejected

router = APIRouter(
    tags=["products"],
    responses=problems(400, 422, 503),
    dependencies=[PUBLIC, IF_NONE_MATCH],
    route_class=ConditionalRoute,
)
IMAGE_WIDTH = 960  # pixels

Availability = Literal["in_stock", "few_left", "sold_out"]
MAX_LIMIT, DEFAULT_LIMIT = 100, 50  # products of a page
PRODUCTS_PATH = "/api/products"
INVALID_CURSOR = (
    "The cursor is not valid. Send the `next` of the previous page unchanged, or no cursor to"
    " start with the first page."
)

Slug = Annotated[str, Path(description="The last part of the product's URL.")]
Cents = Annotated[int, Field(ge=0, description="Euro cents, VAT included.", examples=[6800])]


class VariantResponse(ApiResponse):
    """A variant of a product: what is put into a cart and ordered."""

    sku: str = Field(description="The id to order by.", examples=["TARN-TEAL"])
    name: str = Field(examples=["Teal"])
    swatch: str | None = Field(description="Its colour as hex code.", examples=["#2f5a52"])
    price: Cents
    compare_at: Cents | None = Field(description="The price before the sale, in cents.")
    weight_g: int | None = Field(description="Weight in grams.", examples=[1450])
    barcode: str | None = Field(description="Its GTIN.", examples=["4006381333931"])
    availability: Availability


class ImageResponse(ApiResponse):
    alt: str = Field(description="The text alternative.", examples=["The vase with one branch"])
    url: str = Field(
        description=f"The image, {IMAGE_WIDTH} pixels wide.",
        examples=["https://shop.example/media/tarn-vase/1/960.webp"],
    )


class ProductResponse(ApiResponse):
    """A published product."""

    slug: str = Field(examples=["tarn-vase"])
    title: str = Field(examples=["Tarn Vase"])
    category: str = Field(examples=["Vases"])
    blurb: str = Field(description="A short description.", examples=["For one branch."])
    details: list[str] = Field(
        description="Material, size and care, one fact each.", examples=[["Height 24 cm"]]
    )
    materials: list[str] = Field(description="What it is made of.", examples=[["Stoneware"]])
    price: Cents
    compare_at: Cents | None = Field(description="The price before the sale, in cents.")
    currency: str = Field(examples=[CURRENCY])
    weight_g: int | None = Field(description="Weight in grams.", examples=[1450])
    url: str = Field(
        description="The product's page in the shop.",
        examples=["https://shop.example/products/tarn-vase"],
    )
    images: list[ImageResponse]
    variants: list[VariantResponse]


class ProductListQuery(BaseModel):
    """The filter and the page of a product list."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    category: Annotated[
        str,
        Field(max_length=60, description="Only products of this category, for example `Vases`."),
        AfterValidator(clean_search_text),
    ] = ""
    limit: WholeNumber = Field(
        DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Maximum number of products on the page."
    )
    cursor: str = Field("", description="The `next` of the previous page.")

    def page_of(self, entries: tuple[CatalogEntry, ...]) -> CursorPage:
        """Raises ``RequestRejected`` (400) if the cursor is not valid."""
        try:
            return page_after(entries, self.cursor, self.limit)
        except ValueError:
            raise RequestRejected(400, INVALID_CURSOR) from None

    def link_to(self, cursor: str) -> str:
        """The next page as the value of a ``Link`` header: https://www.rfc-editor.org/rfc/rfc8288"""
        category = {"category": self.category} if self.category else {}
        params = urlencode({**category, "limit": self.limit, "cursor": cursor})
        return f'<{settings().base_url}{PRODUCTS_PATH}?{params}>; rel="next"'


class ProductListResponse(ApiResponse):
    """One page of products."""

    products: list[ProductResponse]
    next: str | None = Field(
        description="The `cursor` of the next page; null on the last page.",
        examples=["MTI6dGFybi12YXNl"],
    )


LINK_HEADER = {
    "Link": {
        "description": 'The URL of the next page with `rel="next"`; missing on the last page.',
        "schema": {"type": "string"},
    }
}


@router.get(
    PRODUCTS_PATH,
    operation_id="list_products",
    summary="List products",
    response_description="One page of products.",
    responses={**NOT_MODIFIED, 200: {"headers": LINK_HEADER | ETAG_HEADER}},
)
def list_products(
    now: Now, query: Annotated[ProductListQuery, Query()], response: Response
) -> ProductListResponse:
    """The published products in the order of the shop, page by page.

    To read all of them, repeat the request with `cursor` set to `next` until `next` is null.
    Products that are published or withdrawn meanwhile do not repeat or hide others. An unknown
    category gives an empty list.
    """
    catalog = cached_catalog(now)
    entries = catalog.in_category(query.category) if query.category else catalog.entries
    page = query.page_of(entries)
    if page.next_cursor:
        response.headers["Link"] = query.link_to(page.next_cursor)
    offers = read_offers(v.sku for entry in page.entries for v in entry.product.variants)
    products = [_product_response(entry, offers) for entry in page.entries]
    return ProductListResponse(products=products, next=page.next_cursor or None)


@router.get(
    "/api/products/{slug}",
    operation_id="get_product",
    summary="Get a product",
    responses={**NOT_MODIFIED, **problems(404)},
)
def read_product(now: Now, slug: Slug) -> ProductResponse:
    """One published product with its variants, images and current availability."""
    refresh_if_missing(now, slug=slug)
    entry = cached_catalog(now).entry(slug)
    return _product_response(entry, read_offers(variant.sku for variant in entry.product.variants))


def _product_response(entry: CatalogEntry, offers: dict[str, Offer]) -> ProductResponse:
    product, base = entry.product, settings().base_url
    return ProductResponse(
        slug=product.slug,
        title=product.title,
        category=product.category,
        blurb=product.blurb,
        details=list(product.details),
        materials=list(product.materials),
        price=product.price,
        compare_at=product.compare_at,
        currency=CURRENCY,
        weight_g=product.weight_g,
        url=f"{base}/products/{product.slug}",
        images=[
            ImageResponse(alt=image.alt, url=f"{base}{image.url(IMAGE_WIDTH)}")
            for image in entry.images
        ],
        variants=[
            VariantResponse(
                sku=variant.sku,
                name=variant.name,
                swatch=variant.swatch,
                price=_price(offers.get(variant.sku), product.price_of(variant)),
                compare_at=product.compare_at_of(variant),
                weight_g=product.weight_of(variant),
                barcode=variant.barcode,
                availability=_availability(offers.get(variant.sku)),
            )
            for variant in product.variants
        ],
    )


def _price(offer: Offer | None, catalog_price: int) -> int:
    """The price an order is charged: the offer's, because the catalog is cached for 30 s."""
    return offer.price if offer else catalog_price


def _availability(offer: Offer | None) -> Availability:
    if offer is None or not offer.available:
        return "sold_out"
    return "few_left" if offer.available <= LOW_STOCK_THRESHOLD else "in_stock"
