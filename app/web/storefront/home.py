"""The home page."""

from fastapi import APIRouter, Request, Response

from app.catalog.catalog_cache import MAX_FEATURED, Catalog, CatalogEntry
from app.web.http.filter_params import ProductListParams
from app.web.http.locale import catalog_for
from app.web.http.request_time import Now
from app.web.http.shared_pages import SharedPageRoute
from app.web.http.templating import render_page
from app.web.security.authorization import PUBLIC
from app.web.storefront.products import render_product_list

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC], route_class=SharedPageRoute)


@router.get("/")
def show_home(request: Request, now: Now, query: ProductListParams) -> Response:
    """With ``?category=`` this is the product list: emails and bookmarks have such URLs."""
    catalog = catalog_for(request, now)
    if query.category:
        return render_product_list(request, catalog, query)
    return render_page(
        request,
        "catalog/home.html",
        hero=catalog.home_images[0] if catalog.home_images else None,
        category_tiles=_category_tiles(catalog),
        entries=catalog.entries[:MAX_FEATURED],
    )


def _category_tiles(catalog: Catalog) -> list[tuple[str, CatalogEntry]]:
    """Each category with its newest product, whose image stands for it."""
    return [(name, catalog.in_category(name)[-1]) for name in catalog.categories]
