"""The order of the products in the admin: featured products first, of all or of one category."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from app import clock
from app.catalog.catalog_cache import MAX_FEATURED, cached_catalog, move_in_cache
from app.catalog.product_order import (
    Move,
    OrderPage,
    Target,
    featured_slugs,
    move_product,
    read_page,
    read_page_before,
    target_at,
)
from app.catalog.product_positions import read_cursor
from app.errors import Conflict, ValidationFailed
from app.form_fields import Submitted
from app.web.http.forms import Form, Identifier, SubmittedForm, TypedNumber, read_form
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)
PATH = "/admin/product-order"
INVALID_CURSOR = "This page of the list does not exist. This is the first one."


class ProductOrderQuery(BaseModel):
    """A page after or before a cursor; ``moved`` is the product that was just moved."""

    model_config = ConfigDict(str_max_length=130)

    category: str = ""
    after: str = ""
    before: str = ""
    moved: str = ""

    def read_page(self) -> OrderPage:
        """Raises ``ValueError`` if a cursor is not ours."""
        if self.before:
            return read_page_before(self.category, read_cursor(self.before))
        after = read_cursor(self.after) if self.after else None
        return read_page(self.category, after, self.moved)


ProductOrderParams = Annotated[ProductOrderQuery, Query()]


class PlaceForm(Form):
    """A place rather than a direction: a repeat moves the product once."""

    slug: Identifier
    place: Annotated[TypedNumber, Field(ge=1, le=1_000_000)]
    seen: int | None = None

    labels: ClassVar[Mapping[str, str]] = {"slug": "a product", "place": "a place"}


class NeighbourForm(Form):
    """A place beside another product of the page, whatever its number is meanwhile."""

    slug: Identifier
    above: Identifier | None = None
    below: Identifier | None = None
    seen: int | None = None

    labels: ClassVar[Mapping[str, str]] = {
        "slug": "a product",
        "above": "a product",
        "below": "a product",
    }

    @property
    def target(self) -> Target:
        return Target(self.above or self.below or "", is_below=not self.above)


@router.get(PATH)
def order_page(request: Request, _: Merchant, query: ProductOrderParams) -> Response:
    try:
        page = query.read_page()
    except ValueError:
        page, errors = read_page(query.category, None), {"cursor": INVALID_CURSOR}
        return _render(request, query.category, page, status=422, errors=errors)
    return _render(request, query.category, page)


@router.post(PATH)
def move(request: Request, visitor: Merchant, now: Now, submitted: SubmittedForm) -> Response:
    category = submitted.get("category", "")
    try:
        requested, after = _read_move(submitted, category)
        positions = move_product(requested, by=visitor.email, now=now)
    except (Conflict, ValidationFailed) as refused:
        return _render_refused(request, submitted, refused)
    move_in_cache(positions)
    query = urlencode({"category": category, "after": after, "moved": requested.slug})
    return RedirectResponse(f"{PATH}?{query}#{requested.slug}", 303)


def _render_refused(
    request: Request, submitted: Submitted, refused: Conflict | ValidationFailed
) -> Response:
    """The page from which the form came, as it is now."""
    category = submitted.get("category", "")
    try:
        page = read_page(category, read_cursor(submitted.get("after", "")))
    except ValueError:
        page = read_page(category, None)
    if isinstance(refused, ValidationFailed):
        return _render(request, category, page, status=422, errors=refused.errors)
    return _render(request, category, page, status=409, errors={"order": refused.message})


def _read_move(submitted: Submitted, category: str) -> tuple[Move, str]:
    """The move, and the cursor of the page that shows the product then."""
    if submitted.get("above") or submitted.get("below"):
        beside = read_form(NeighbourForm, submitted)
        return Move(beside.slug, beside.target, beside.seen), submitted.get("after", "")
    form = read_form(PlaceForm, submitted)
    target, cursor = target_at(form.place, form.slug, category)
    return Move(form.slug, target, form.seen), str(cursor or "")


def _render(request: Request, category: str, page: OrderPage, **context: Any) -> Response:
    """Only published products have a category in the cached catalog, as in the shop's lists."""
    return render_page(
        request,
        "admin/product_order.html",
        page=page,
        category=category,
        categories=sorted({*cached_catalog(clock.now()).categories, category} - {""}),
        featured=featured_slugs(MAX_FEATURED),
        **{"errors": {}, **context},
    )
