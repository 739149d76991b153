"""The order of the products in the admin: featured products first, of all or of one category."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from app.catalog.catalog_cache import Catalog, clear_cache, read_products
from app.catalog.product_order import Move, move_product, products_in
from app.errors import ValidationFailed
from app.web.http.forms import Form, Identifier, SubmittedForm, TypedNumber, read_form
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.sessions import Merchant
from app.web.storefront.home import MAX_PRODUCTS

router = APIRouter(include_in_schema=False)
PAGE_SIZE = 100
PATH = "/admin/product-order"

Category = Annotated[str, Query(max_length=100)]
Page = Annotated[int, Query(ge=1, le=10_000)]


class MoveForm(Form):
    """A place rather than a direction: a repeat moves the product once."""

    slug: Identifier
    place: Annotated[TypedNumber, Field(ge=1, le=1_000_000)]

    labels: ClassVar[Mapping[str, str]] = {"slug": "a product", "place": "a place"}


@router.get(PATH)
def order_page(
    request: Request, _: Merchant, now: Now, category: Category = "", page: Page = 1
) -> Response:
    return _render(request, read_products(now), category, page)


@router.post(PATH)
def move(request: Request, visitor: Merchant, now: Now, submitted: SubmittedForm) -> Response:
    catalog = read_products(now)
    category = submitted.get("category", "")
    try:
        form = read_form(MoveForm, submitted)
    except ValidationFailed as failed:
        return _render(request, catalog, category, status=422, errors=failed.errors)
    move_product(catalog, Move(form.slug, form.place, category), by=visitor.email, now=now)
    clear_cache()
    page = (min(form.place, len(products_in(catalog, category))) - 1) // PAGE_SIZE + 1
    query = urlencode({"category": category, "page": page})
    return RedirectResponse(f"{PATH}?{query}#{form.slug}", 303)


def _render(
    request: Request,
    catalog: Catalog,
    category: str,
    page: int = 1,
    **context: Any,
) -> Response:
    entries = products_in(catalog, category)
    start = (page - 1) * PAGE_SIZE
    return render_page(
        request,
        "admin/product_order.html",
        entries=entries[start : start + PAGE_SIZE],
        start=start,
        total=len(entries),
        page=page,
        has_more=len(entries) > start + PAGE_SIZE,
        category=category,
        categories=sorted({entry.product.category for entry in catalog.entries}),
        featured=_featured(catalog),
        **{"errors": {}, **context},
    )


def _featured(catalog: Catalog) -> frozenset[str]:
    """The slugs that the home page shows: drafts take no place there."""
    published = [entry.product.slug for entry in catalog.entries if entry.product.published]
    return frozenset(published[:MAX_PRODUCTS])
