"""The product list, the search and the product page."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app import clock
from app.catalog.catalog_cache import (
    Availability,
    Catalog,
    CatalogEntry,
    cached_availability,
    refresh_if_missing,
    related_entries,
)
from app.catalog.filters import (
    Filters,
    Listing,
    SortOrder,
    list_matching,
    matching_variants,
    sold_out_slugs,
    sort_entries,
)
from app.catalog.markdown import parse_markdown
from app.catalog.models import ProductImage
from app.catalog.pagination import Page
from app.catalog.search import SearchResults, search
from app.errors import NotFound
from app.i18n.messages import lazy_gettext
from app.inventory.offers import read_offers
from app.web.http.filter_params import ProductListParams, ProductListQuery, SearchParams
from app.web.http.json_ld import breadcrumb_json_ld, product_json_ld
from app.web.http.locale import catalog_for, language_for
from app.web.http.page_meta import category_breadcrumbs, product_breadcrumbs
from app.web.http.request_time import Now
from app.web.http.shared_pages import SharedPageRoute
from app.web.http.templating import render_page, wants_fragment
from app.web.security.authorization import PUBLIC

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC], route_class=SharedPageRoute)
MAX_SUGGESTIONS = 6
MAX_SUGGESTED_CATEGORIES = 2
MAX_ALTERNATIVES = 4
MAX_KEPT_LISTINGS = 100
SORT_LABELS = {
    SortOrder.RELEVANCE: lazy_gettext("Best match"),
    SortOrder.FEATURED: lazy_gettext("Featured"),
    SortOrder.NEWEST: lazy_gettext("Newest"),
    SortOrder.PRICE_UP: lazy_gettext("Price, low to high"),
    SortOrder.PRICE_DOWN: lazy_gettext("Price, high to low"),
    SortOrder.BESTSELLERS: lazy_gettext("Best selling"),
}
Sku = Annotated[str, Query(max_length=60)]


@router.get("/products")
def list_products(request: Request, now: Now, query: ProductListParams) -> Response:
    """All products, or one category, with filters, sort order and pagination in the URL."""
    return render_product_list(request, catalog_for(request, now), query)


@router.get("/search")
def search_products(request: Request, now: Now, query: SearchParams) -> Response:
    """The results as a product list; only suggestions if the search field requests them."""
    catalog = catalog_for(request, now)
    results = search(catalog, query.text, exact=query.is_exact)
    if wants_fragment(request) and is_htmx_target(request, "suggestions"):
        return _render_suggestions(request, query, results)
    if results.entries:
        return _render_list(request, query, results.entries, corrected=results.corrected)
    return render_page(
        request,
        "catalog/no_results.html",
        product_query=query,
        entries=sort_entries(catalog.entries, SortOrder.BESTSELLERS)[:MAX_ALTERNATIVES],
    )


@router.get("/products/{slug}")
def show_product(request: Request, now: Now, slug: str, sku: Sku = "") -> Response:
    refresh_if_missing(now, slug=slug)
    return render_product(request, catalog_for(request, now).entry(slug), sku)


def render_product_list(request: Request, catalog: Catalog, query: ProductListQuery) -> Response:
    """All products or one category. Raises ``NotFound``."""
    if query.category and query.category not in catalog.categories:
        raise NotFound(lazy_gettext("We have no such category."))
    return _render_list(request, query, catalog.entries)


def render_product(request: Request, entry: CatalogEntry, sku: str, *, error: str = "") -> Response:
    """The product page with this variant selected, or else the first.

    ``error`` is shown beside the add-to-cart form.
    """
    variants = entry.product.variants
    selected = next((v for v in variants if v.sku == sku), variants[0])
    available, language = available_by_sku([entry]), language_for(request)
    breadcrumbs = product_breadcrumbs(entry, language)
    response = render_page(
        request,
        "catalog/product.html",
        blocks=["product"],
        status=422 if error else 200,
        entry=entry,
        images=_images_of(entry, selected.sku),
        description=parse_markdown(entry.product.long_description),
        selected=selected,
        available=available,
        breadcrumbs=breadcrumbs,
        json_ld=[
            product_json_ld(entry, available, language),
            breadcrumb_json_ld(breadcrumbs, language),
        ],
        related=related_entries(catalog_for(request, clock.now()), entry),
        error=error,
    )
    if error:  # swap the product instead of opening the cart drawer
        response.headers.update({"HX-Retarget": "#product", "HX-Reswap": "outerMorph"})
    return response


def find_product(catalog: Catalog, sku: str) -> CatalogEntry | None:
    """The product of a SKU that came from a URL, or None if there is none."""
    try:
        return catalog.entry_with_sku(sku)
    except NotFound:
        return None


def is_htmx_target(request: Request, element_id: str) -> bool:
    """Whether htmx will swap the response into this element."""
    return request.headers.get("HX-Target", "").endswith(f"#{element_id}")


def available_by_sku(entries: Iterable[CatalogEntry]) -> dict[str, int]:
    """The units for sale of each variant, in one round trip; 0 if it is not on sale."""
    offers = read_offers(variant.sku for entry in entries for variant in entry.product.variants)
    return {sku: offer.available for sku, offer in offers.items()}


def _images_of(entry: CatalogEntry, sku: str) -> list[ProductImage]:
    """The selected variant's image first: without JavaScript, a page cannot scroll to it."""
    first = entry.image_of(sku)
    return [first, *(image for image in entry.images if image is not first)] if first else []


def _render_suggestions(
    request: Request, query: ProductListQuery, results: SearchResults
) -> Response:
    """The best products, the categories of most results, and a link to all results."""
    by_category = Counter(entry.product.category for entry in results.entries)
    return render_page(
        request,
        "catalog/suggestions.html",
        product_query=query,
        entries=results.entries[:MAX_SUGGESTIONS],
        suggested_categories=[it for it, _ in by_category.most_common(MAX_SUGGESTED_CATEGORIES)],
        total=len(results.entries),
    )


def _render_list(
    request: Request,
    query: ProductListQuery,
    entries: tuple[CatalogEntry, ...],
    *,
    corrected: str = "",
) -> Response:
    """``corrected`` is the text that was searched for in place of a misspelled one."""
    filters, errors = query.filters()
    availability = cached_availability(clock.now())
    listing = _listing(request, query, entries, availability)
    loads_more = wants_fragment(request) and is_htmx_target(request, "pagination")
    first = query.page if loads_more else query.start
    page = Page(listing.matches, query.page, first)
    response = render_page(
        request,
        "catalog/more_products.html" if loads_more else "catalog/product_list.html",
        blocks=["more" if loads_more else "product_list"],
        status=422 if errors else 200,
        product_query=query,
        corrected=corrected,
        category=query.category,
        **_category_breadcrumbs(request, query),
        errors=errors,
        page=page,
        total=listing.total,
        facets=listing.facets,
        sold_out=sold_out_slugs(page.entries, available_by_sku(page.entries)),
        matching_skus=_matching_skus(page.entries, filters, availability.units),
        sort_options={
            o: t for o, t in SORT_LABELS.items() if query.text or o != SortOrder.RELEVANCE
        },
    )
    if wants_fragment(request):
        response.headers.update(_history_headers(request, query, loads_more=loads_more))
    return response


def _listing(
    request: Request,
    query: ProductListQuery,
    entries: tuple[CatalogEntry, ...],
    availability: Availability,
) -> Listing:
    """The matching products, for each page of a list: kept as long as the availability."""
    filters, _ = query.filters()
    catalog, kept = catalog_for(request, clock.now()), availability.listings
    text = (query.text, query.is_exact)
    key = (catalog.language, catalog.read_at, text, filters, query.sorting)
    if key not in kept:
        if len(kept) >= MAX_KEPT_LISTINGS:
            kept.clear()
        kept[key] = list_matching(entries, filters, query.sorting, availability.units)
    listing: Listing = kept[key]
    return listing


def _history_headers(
    request: Request, query: ProductListQuery, *, loads_more: bool
) -> dict[str, str]:
    """The URL of the list: a new history entry, unless the browser shows this list already.

    The headers also mark a response with errors (422) as one to swap.
    """
    if loads_more:
        return {"HX-Replace-Url": query.url(page=query.page, start=query.start or query.page)}
    swap = {"HX-Reswap": "outerMorph"}
    is_shown = request.headers.get("HX-Current-URL", "").endswith(query.url())
    return swap if is_shown else swap | {"HX-Push-Url": query.url()}


def _category_breadcrumbs(request: Request, query: ProductListQuery) -> dict[str, Any]:
    """None for all products and for search results."""
    if query.text or not query.category:
        return {"breadcrumbs": (), "json_ld": []}
    language = language_for(request)
    name = catalog_for(request, clock.now()).terms.get(query.category, query.category)
    breadcrumbs = category_breadcrumbs(query.category, name, language)
    return {"breadcrumbs": breadcrumbs, "json_ld": [breadcrumb_json_ld(breadcrumbs, language)]}


def _matching_skus(
    entries: Iterable[CatalogEntry], filters: Filters, available: Mapping[str, int]
) -> dict[str, str]:
    """By slug, the variant to show in the list: one that has a selected colour."""
    if not filters.colours:
        return {}
    return {e.product.slug: matching_variants(e, filters, available)[0].sku for e in entries}
