"""The product page. What it shows of a product is rendered once for each read of the catalog."""

from collections.abc import Iterable

from fastapi import Request, Response

from app.catalog.catalog_cache import Catalog, CatalogEntry
from app.catalog.markdown import parse_markdown
from app.catalog.models import ProductImage, Variant
from app.catalog.related import related_entries
from app.inventory.offers import read_offers
from app.settings import settings
from app.web.http.json_ld import breadcrumb_json_ld, product_json_ld
from app.web.http.locale import language_for
from app.web.http.page_meta import product_breadcrumbs
from app.web.http.templating import render_fragment, render_page

MAX_SHOWN_UNITS = 10  # the largest quantity to choose; a page looks the same for all higher stocks


def render_product(
    request: Request, catalog: Catalog, entry: CatalogEntry, sku: str, *, error: str = ""
) -> Response:
    """The product page with this variant selected, or else the first.

    ``error`` is shown beside the add-to-cart form.
    """
    variants = entry.product.variants
    selected = next((v for v in variants if v.sku == sku), variants[0])
    available = {sku: min(it, MAX_SHOWN_UNITS) for sku, it in available_by_sku([entry]).items()}
    stock = tuple(available.get(it.sku, 0) for it in variants)
    key = (entry.product.slug, selected.sku, stock)
    head = catalog.fragments.get(
        ("head", *key), lambda: _render_head(request, entry, selected, available)
    )
    product = catalog.fragments.get(
        ("product", *key, language_for(request).translate(error)),
        lambda: _render_product(request, entry, selected, available, error),
    )
    response = render_page(
        request,
        "catalog/product.html",
        blocks=["product"],
        status=422 if error else 200,
        entry=entry,
        head=head,
        product=product,
        related=related_entries(catalog, entry),
    )
    if error:  # swap the product instead of opening the cart drawer
        response.headers.update({"HX-Retarget": "#product", "HX-Reswap": "outerMorph"})
    return response


def available_by_sku(entries: Iterable[CatalogEntry]) -> dict[str, int]:
    """The units for sale of each variant, in one round trip; 0 if it is not on sale."""
    offers = read_offers(variant.sku for entry in entries for variant in entry.product.variants)
    return {sku: offer.available for sku, offer in offers.items()}


def _render_head(
    request: Request, entry: CatalogEntry, selected: Variant, available: dict[str, int]
) -> str:
    """The data for search engines and for previews of links."""
    language = language_for(request)
    breadcrumbs = product_breadcrumbs(entry, language)
    return render_fragment(
        request,
        "catalog/product_head.html",
        entry=entry,
        images=_images_of(entry, selected.sku),
        base_url=settings().base_url,
        json_ld=[
            product_json_ld(entry, available, language),
            breadcrumb_json_ld(breadcrumbs, language),
        ],
    )


def _render_product(
    request: Request,
    entry: CatalogEntry,
    selected: Variant,
    available: dict[str, int],
    error: str,
) -> str:
    return render_fragment(
        request,
        "catalog/product_details.html",
        entry=entry,
        images=_images_of(entry, selected.sku),
        description=parse_markdown(entry.product.long_description),
        selected=selected,
        available=available,
        breadcrumbs=product_breadcrumbs(entry, language_for(request)),
        error=error,
    )


def _images_of(entry: CatalogEntry, sku: str) -> list[ProductImage]:
    """The selected variant's image first: without JavaScript, a page cannot scroll to it."""
    first = entry.image_of(sku)
    return [first, *(image for image in entry.images if image is not first)] if first else []
