"""Products in the admin: the list, one product's page, publishing it, and the CSV export."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, BeforeValidator
from ulid import ULID

from app.catalog.catalog_cache import (
    Catalog,
    CatalogEntry,
    clear_cache,
    read_entry,
    read_products,
)
from app.catalog.image_uploads import ACCEPTED_TYPES, MAX_UPLOAD_BYTES
from app.catalog.imports.models import COLUMNS, TEXT_COLUMNS
from app.catalog.models import Product, Variant
from app.catalog.product_fields import MAX_SLUG_LENGTH, MAX_VARIANTS, SLUG, as_form_values
from app.catalog.product_pages import (
    PAGE_SIZE,
    VARIANTS_SHOWN,
    ProductFilter,
    StockBySku,
    find_products,
    list_products,
)
from app.catalog.products import admin_path
from app.catalog.publishing import (
    archive_product,
    delete_product,
    publish_product,
    restore_product,
    unpublish_product,
    was_ordered,
)
from app.catalog.variants import facts_of_variant
from app.csv_io.escaping import Cell, text_cell
from app.inventory.models import Stock
from app.inventory.reservations import LOW_STOCK_THRESHOLD, read_stock_consistently
from app.shop_time import shop_day
from app.text_policy import clean_search_text
from app.web.admin.csv_responses import csv_download
from app.web.http.flash import flash
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.sessions import Merchant, ShopOwner

router = APIRouter(include_in_schema=False)

type ListFilter = Literal["all", "low-stock", "drafts", "archived", "no-images"]


def _requested_entry(_: Merchant, slug: str) -> CatalogEntry:
    return read_entry(slug)


# The product in the URL, published or not, with all its images; for merchants only.
RequestedEntry = Annotated[CatalogEntry, Depends(_requested_entry)]


class ProductPageQuery(BaseModel):
    """The list, and the slug that its page follows; or a text to find."""

    show: ListFilter = "all"
    after: Annotated[str, Query(max_length=MAX_SLUG_LENGTH)] = ""
    find: Annotated[str, BeforeValidator(clean_search_text), Query(max_length=100)] = ""


@router.get("/admin/products")
def product_list(
    request: Request, _: Merchant, now: Now, query: Annotated[ProductPageQuery, Query()]
) -> Response:
    """A page of the products, or of those of a filter; with ``find``, the best matches."""
    if query.after and not SLUG.fullmatch(query.after):
        return RedirectResponse("/admin/products", 303)
    chosen = LIST_FILTERS[query.show]
    page = find_products(query.find, now) if query.find else list_products(chosen, query.after)
    return render_page(
        request,
        "admin/products.html",
        page=page,
        shown=query.show,
        find=query.find,
        is_first_page=not query.after,
        variants_shown=VARIANTS_SHOWN,
    )


def _is_low_on_stock(entry: CatalogEntry, stock: StockBySku) -> bool:
    """Whether the product is published and one of its SKUs is nearly or entirely sold out."""
    items = (stock.get(variant.sku) for variant in entry.product.variants)
    is_low = any(item is None or item.available <= LOW_STOCK_THRESHOLD for item in items)
    return entry.product.published and is_low


def is_draft(product: Product) -> bool:
    return not product.published and not product.archived_at


LIST_FILTERS: dict[str, ProductFilter] = {
    "all": ProductFilter(lambda *_: True, examined=PAGE_SIZE + 1),
    "low-stock": ProductFilter(_is_low_on_stock, needs_stock=True, examined=PAGE_SIZE + 1),
    "drafts": ProductFilter(
        lambda entry, _: is_draft(entry.product),
        condition=(Product.published == False)  # noqa: E712 (an expression, not a comparison)
        & Product.archived_at.does_not_exist(),
    ),
    "archived": ProductFilter(
        lambda entry, _: entry.product.archived_at is not None,
        condition=Product.archived_at.exists(),
    ),
    "no-images": ProductFilter(lambda entry, _: not any(image.version for image in entry.images)),
}


def listed_entries(catalog: Catalog, name: str) -> list[CatalogEntry]:
    """All products of a list, such as "drafts"."""
    stock = read_stock_consistently(v.sku for it in catalog.entries for v in it.product.variants)
    return [entry for entry in catalog.entries if LIST_FILTERS[name].matches(entry, stock)]


@router.get("/admin/products/{slug}")
def product_page(request: Request, entry: RequestedEntry) -> Response:
    return render_product(request, entry)


@router.post("/admin/products/{slug}/publish")
def publish(visitor: Merchant, now: Now, entry: RequestedEntry) -> Response:
    publish_product(entry.product, by=visitor.email, now=now)
    return redirect_to_product(entry.product)


@router.post("/admin/products/{slug}/unpublish")
def unpublish(visitor: Merchant, now: Now, entry: RequestedEntry) -> Response:
    unpublish_product(entry.product, by=visitor.email, now=now)
    return redirect_to_product(entry.product)


@router.post("/admin/products/{slug}/archive")
def archive(visitor: Merchant, now: Now, entry: RequestedEntry) -> Response:
    archive_product(entry.product, by=visitor.email, now=now)
    return redirect_to_product(entry.product)


@router.post("/admin/products/{slug}/restore")
def restore(visitor: Merchant, now: Now, entry: RequestedEntry) -> Response:
    restore_product(entry.product, by=visitor.email, now=now)
    return redirect_to_product(entry.product)


@router.post("/admin/products/{slug}/delete")
def delete(request: Request, visitor: ShopOwner, now: Now, entry: RequestedEntry) -> Response:
    """A repeat answers 404: the product is gone."""
    delete_product(entry, by=visitor.email, now=now)
    clear_cache()
    flash(request, "product_deleted")
    return RedirectResponse("/admin/products", 303)


def redirect_to_product(product: Product, *, anchor: str = "") -> Response:
    """Show the product after an edit, with the catalog read again."""
    clear_cache()
    return RedirectResponse(f"{admin_path(product)}{anchor}", 303)


def render_product(
    request: Request, entry: CatalogEntry, *, status: int = 200, **values: Any
) -> Response:
    """The product's page. While an image upload is in progress, the page polls its image list."""
    stock = read_stock_consistently(variant.sku for variant in entry.product.variants)
    return render_page(
        request,
        "admin/product.html",
        blocks=["images"],
        status=status,
        entry=entry,
        stock=stock,
        was_ordered=was_ordered(stock.values()),
        delivery_id=str(ULID()),
        content_types=ACCEPTED_TYPES,
        max_bytes=MAX_UPLOAD_BYTES,
        max_variants=MAX_VARIANTS,
        **{"errors": {}, "values": {}, **values},
    )


# --- CSV export -----------------------------------------------------------------------------


@router.get("/admin/products.csv")
def export_products(_: Merchant, now: Now) -> Response:
    """All products, drafts too, one row for each SKU; the import accepts the file unchanged."""
    catalog = read_products(now)
    stock = read_stock_consistently(
        variant.sku for entry in catalog.entries for variant in entry.product.variants
    )
    return csv_download(f"products-{shop_day(now)}", COLUMNS, list(_csv_rows(catalog, stock)))


def _csv_rows(catalog: Catalog, stock: StockBySku) -> Iterator[list[Cell]]:
    for product in (entry.product for entry in catalog.entries):
        for variant in product.variants:
            cells = _csv_cells(product, variant, stock.get(variant.sku, Stock(variant.sku)))
            yield [_as_cell(column, cells[column]) for column in COLUMNS]


def _as_cell(column: str, cell: Cell) -> Cell:
    return text_cell(str(cell)) if column in TEXT_COLUMNS else cell


def _csv_cells(product: Product, variant: Variant, item: Stock) -> dict[str, Cell]:
    return {
        **as_form_values(product),
        **facts_of_variant(product, variant),
        "slug": product.slug,
        "sku": variant.sku,
        "variant": variant.name,
        "colour": variant.swatch or "",
        "available": item.available,
        "reserved": item.reserved,
        "sold": item.sold,
    }
