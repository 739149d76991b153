"""The product list, the search and the route of the product page."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app import clock
from app.catalog.bounded_cache import BoundedCache
from app.catalog.catalog_cache import (
    Availability,
    Catalog,
    CatalogEntry,
    cached_availability,
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
from app.catalog.missing_products import refresh_if_missing
from app.catalog.pagination import PAGE_SIZE, Page
from app.catalog.search import SearchResults, search
from app.errors import NotFound
from app.i18n.messages import lazy_gettext
from app.web.http.filter_params import ProductListParams, ProductListQuery, SearchParams
from app.web.http.json_ld import breadcrumb_json_ld
from app.web.http.locale import catalog_for, language_for
from app.web.http.page_meta import Breadcrumb, category_breadcrumbs
from app.web.http.request_time import Now
from app.web.http.shared_pages import SharedPageRoute
from app.web.http.templating import render_fragment, render_page, wants_fragment
from app.web.security.authorization import PUBLIC
from app.web.storefront.product_page import available_by_sku, render_product

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC], route_class=SharedPageRoute)
MAX_SUGGESTIONS = 6
MAX_SUGGESTED_CATEGORIES = 2
MAX_ALTERNATIVES = 4
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
        return _render_list(request, catalog, query, results)
    return render_page(
        request,
        "catalog/no_results.html",
        product_query=query,
        entries=sort_entries(catalog.entries, SortOrder.BESTSELLERS)[:MAX_ALTERNATIVES],
    )


@router.get("/products/{slug}")
def show_product(request: Request, now: Now, slug: str, sku: Sku = "") -> Response:
    refresh_if_missing(now, slug=slug)
    catalog = catalog_for(request, now)
    return render_product(request, catalog, catalog.entry(slug), sku)


def render_product_list(request: Request, catalog: Catalog, query: ProductListQuery) -> Response:
    """All products or one category. Raises ``NotFound``."""
    if query.category and query.category not in catalog.categories:
        raise NotFound(lazy_gettext("We have no such category."))
    return _render_list(request, catalog, query, SearchResults(catalog.entries))


def find_product(catalog: Catalog, sku: str) -> CatalogEntry | None:
    """The product of a SKU that came from a URL, or None if there is none."""
    try:
        return catalog.entry_with_sku(sku)
    except NotFound:
        return None


def is_htmx_target(request: Request, element_id: str) -> bool:
    """Whether htmx will swap the response into this element."""
    return request.headers.get("HX-Target", "").endswith(f"#{element_id}")


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
    request: Request, catalog: Catalog, query: ProductListQuery, results: SearchResults
) -> Response:
    _, errors = query.filters()
    loads_more = wants_fragment(request) and is_htmx_target(request, "pagination")
    breadcrumbs = _category_breadcrumbs(request, catalog, query)
    response = render_page(
        request,
        "catalog/product_list.html",
        blocks=["product_list"],
        status=422 if errors else 200,
        product_query=query,
        corrected=results.corrected,
        category=query.category,
        json_ld=[breadcrumb_json_ld(breadcrumbs, language_for(request))] if breadcrumbs else [],
        results=_results_html(request, catalog, query, results, loads_more=loads_more),
    )
    if wants_fragment(request):
        response.headers.update(_history_headers(request, query, loads_more=loads_more))
    return response


def _results_html(
    request: Request,
    catalog: Catalog,
    query: ProductListQuery,
    results: SearchResults,
    *,
    loads_more: bool,
) -> str:
    """Filters and products, rendered once for each read of the availability.

    Only a single page is kept: a list may show all its pages, and is then as long as the catalog.
    """
    availability = cached_availability(clock.now())
    listing = _listing(catalog, query, results.entries, availability)
    page = Page(listing.matches, query.page, query.page if loads_more else query.start)
    sold_out = sold_out_slugs(page.entries, available_by_sku(page.entries))
    filters, errors = query.filters()
    template = "catalog/more_products.html" if loads_more else "catalog/product_results.html"
    kept = availability.fragments if len(page.entries) <= PAGE_SIZE else BoundedCache[str](1)
    return kept.get(
        (template, catalog.language, catalog.read_at, query, sold_out),
        lambda: render_fragment(
            request,
            template,
            product_query=query,
            corrected=results.corrected,
            breadcrumbs=_category_breadcrumbs(request, catalog, query),
            errors=errors,
            page=page,
            total=listing.total,
            facets=listing.facets,
            sold_out=sold_out,
            matching_skus=_matching_skus(page.entries, filters, availability.units),
            sort_options=_sort_options(query),
        ),
    )


def _listing(
    catalog: Catalog,
    query: ProductListQuery,
    entries: tuple[CatalogEntry, ...],
    availability: Availability,
) -> Listing:
    """The matching products, for each page of a list: kept as long as the availability."""
    filters, _ = query.filters()
    text = (query.text, query.is_exact)
    listing: Listing = availability.listings.get(
        (catalog.language, catalog.read_at, text, filters, query.sorting),
        lambda: list_matching(entries, filters, query.sorting, availability.units),
    )
    return listing


def _sort_options(query: ProductListQuery) -> dict[SortOrder, str]:
    """The labels of the sort orders; only search results have a relevance."""
    return {o: t for o, t in SORT_LABELS.items() if query.text or o != SortOrder.RELEVANCE}


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


def _category_breadcrumbs(
    request: Request, catalog: Catalog, query: ProductListQuery
) -> tuple[Breadcrumb, ...]:
    """Empty for all products and for search results."""
    if query.text or not query.category:
        return ()
    name = catalog.terms.get(query.category, query.category)
    return category_breadcrumbs(query.category, name, language_for(request))


def _matching_skus(
    entries: Iterable[CatalogEntry], filters: Filters, available: Mapping[str, int]
) -> dict[str, str]:
    """By slug, the variant to show in the list: one that has a selected colour."""
    if not filters.colours:
        return {}
    return {e.product.slug: matching_variants(e, filters, available)[0].sku for e in entries}
