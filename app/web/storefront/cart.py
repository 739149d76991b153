"""The cart: add a product, change a quantity, and show the cart page or the cart drawer."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from app.cart.cart import MAX_LINES, MAX_QUANTITY_PER_LINE, Cart
from app.cart.models import update_cart
from app.cart.visitor import Visitor
from app.catalog.catalog_cache import Catalog
from app.catalog.missing_products import refresh_if_missing
from app.errors import NotFound, ValidationFailed
from app.i18n.messages import lazy_gettext
from app.inventory.reservations import read_stock
from app.web.http.forms import Form, Identifier, SubmittedForm, WholeNumber, read_form
from app.web.http.locale import catalog_for, language_for
from app.web.http.request_time import Now
from app.web.http.templating import BADGE, render_page, show_visitor, wants_fragment
from app.web.security.authorization import PUBLIC
from app.web.security.caller_limits import Caller
from app.web.security.sessions import CurrentVisitor, KnownVisitor
from app.web.storefront import discounts
from app.web.storefront.discounts import DiscountEntry
from app.web.storefront.product_page import render_product
from app.web.storefront.products import find_product, is_htmx_target

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])
LABELS = {"quantity": lazy_gettext("the quantity")}
CART_DRAWER = "cart/cart_drawer.html:cart_drawer"
ANNOUNCEMENT = "cart/cart_drawer.html:announcement"  # for screen readers


class AddToCartForm(Form):
    """``place`` is the number of lines in front, so that "Undo" restores the order of the lines."""

    sku: Identifier
    quantity: WholeNumber = 1
    place: Annotated[WholeNumber, Field(ge=0, le=MAX_LINES)] = MAX_LINES

    labels: ClassVar[Mapping[str, str]] = LABELS


class QuantityForm(Form):
    quantity: WholeNumber

    labels: ClassVar[Mapping[str, str]] = LABELS


class CartQuery(BaseModel):
    """What the cart page explains after a redirect.

    ``limited`` is a SKU whose quantity was reduced to the stock. ``missing`` and ``fewer`` are
    the SKUs of a reordered order that are sold out or limited, separated by commas. ``removed``
    is a SKU whose line was removed; ``had`` was its quantity and ``place`` its place, for "Undo".
    """

    limited: Annotated[str, Field(max_length=60)] = ""
    missing: Annotated[str, Field(max_length=MAX_LINES * 60)] = ""
    fewer: Annotated[str, Field(max_length=MAX_LINES * 60)] = ""
    removed: Annotated[str, Field(max_length=60)] = ""
    had: Annotated[int, Field(ge=1, le=MAX_QUANTITY_PER_LINE)] = 1
    place: Annotated[int, Field(ge=0, le=MAX_LINES)] = MAX_LINES


@router.get("/cart")
def show_cart(
    request: Request, visitor: CurrentVisitor, now: Now, query: Annotated[CartQuery, Query()]
) -> Response:
    return _render_cart(request, visitor, now, query)


@router.post("/cart")
def add_to_cart(
    request: Request, visitor: KnownVisitor, now: Now, submitted: SubmittedForm
) -> Response:
    """Add a quantity of a SKU, at most what is in stock."""
    sku, quantity = submitted.get("sku", ""), 0
    refresh_if_missing(now, skus=(sku,))
    catalog = catalog_for(request, now)
    catalog.entry_with_sku(sku)  # raises NotFound
    try:
        form = read_form(AddToCartForm, submitted)
        quantity = form.quantity
        changed = _change_quantity(
            visitor, sku, now, lambda cart: cart.quantity_of(sku) + quantity, place=form.place
        )
    except ValidationFailed as failed:
        message = next(iter(failed.errors.values()), failed.message)
        return _refuse(request, catalog, submitted, message)
    in_cart = changed.cart.quantity_of(sku)
    if not in_cart:
        return _refuse(request, catalog, submitted, lazy_gettext("This has just sold out."))
    is_limited = in_cart < visitor.cart.quantity_of(sku) + quantity
    params = {"limited": sku} if is_limited else {}
    if not wants_fragment(request):
        return RedirectResponse(_cart_url(**params), 303)
    show_visitor(request, changed)
    return _render_cart(request, changed, now, CartQuery.model_validate(params), added_sku=sku)


def _refuse(
    request: Request, catalog: Catalog, submitted: Mapping[str, str], message: str
) -> Response:
    """The product page with the message beside its form. "Undo" is not on that page: it raises."""
    if "place" in submitted:
        raise ValidationFailed(message, field="quantity")
    sku = submitted.get("sku", "")
    return render_product(request, catalog, catalog.entry_with_sku(sku), sku, error=message)


@router.post("/cart/discount")
def set_discount_code(
    request: Request, visitor: KnownVisitor, now: Now, submitted: SubmittedForm, caller: Caller
) -> Response:
    """Enter a discount code or remove it. A refused one is shown again with the reason."""
    changed, entry = discounts.change_discount_code(visitor, submitted, caller, now=now)
    if not entry.refused and not wants_fragment(request):
        return RedirectResponse("/cart", 303)
    response = _render_cart(request, changed, now, CartQuery(), discount_entry=entry)
    response.status_code = entry.status
    return entry.finish(response, swap=_swap(request))


def _swap(request: Request) -> str:
    """How the forms of the cart are swapped."""
    return "innerMorph" if is_htmx_target(request, "cart-drawer") else "outerMorph"


@router.post("/cart/lines/{sku}")
def set_quantity(
    request: Request, visitor: KnownVisitor, now: Now, sku: str, submitted: SubmittedForm
) -> Response:
    """Set a line's quantity, at most what is in stock; 0 removes the line."""
    quantity = read_form(QuantityForm, submitted).quantity
    if quantity and not visitor.cart.quantity_of(sku):
        raise NotFound(lazy_gettext("This item is no longer in your cart."))
    changed = _change_quantity(visitor, sku, now, lambda _: quantity)
    params = {"limited": sku} if changed.cart.quantity_of(sku) < quantity else {}
    if not quantity:
        skus = [line.sku for line in visitor.cart.lines]
        place = skus.index(sku) if sku in skus else MAX_LINES
        had = visitor.cart.quantity_of(sku) or 1
        params = {"removed": sku, "had": str(had), "place": str(place)}
    if not wants_fragment(request):
        return RedirectResponse(_cart_url(**params), 303)
    show_visitor(request, changed)
    return _render_cart(request, changed, now, CartQuery.model_validate(params))


def _change_quantity(
    visitor: Visitor,
    sku: str,
    now: datetime,
    new_quantity: Callable[[Cart], int],
    *,
    place: int = MAX_LINES,
) -> Visitor:
    """Return the visitor with the new quantity of a SKU in the cart, at most what is in stock.

    Raises ``ValidationFailed`` beyond the limits of an order.
    """
    stock = read_stock([sku]).get(sku)
    available = int(stock.available) if stock and stock.on_sale else 0
    price = int(stock.price) if stock else 0

    def change(cart: Cart) -> Cart:
        quantity = new_quantity(cart)
        # The cart refuses a quantity above its limit, and its message names the limit.
        possible = min(quantity, available) if quantity <= MAX_QUANTITY_PER_LINE else quantity
        return cart.with_quantity(sku, possible, price=price, place=place)

    return replace(
        visitor, cart=update_cart(visitor.owner, change, now=now, signed_in_at=visitor.signed_in_at)
    )


def _cart_url(**params: str) -> str:
    used = {name: value for name, value in params.items() if value}
    return f"/cart?{urlencode(used)}" if used else "/cart"


def _render_cart(
    request: Request, visitor: Visitor, now: datetime, query: CartQuery, **context: Any
) -> Response:
    """The cart page. htmx gets the part that it will swap: the cart drawer, or else the cart.

    ``added_sku`` was just added, for the heading of the cart drawer.
    """
    catalog = catalog_for(request, now)
    part = CART_DRAWER if is_htmx_target(request, "cart-drawer") else "cart"
    return render_page(
        request,
        "cart/cart.html",
        blocks=[part, BADGE, ANNOUNCEMENT],
        cart=discounts.price_visitor_cart(visitor, now, language_for(request).code),
        params=query,
        limited={query.limited, *query.fewer.split(",")},
        removed=find_product(catalog, query.removed) if query.removed else None,
        sold_out_titles=_sold_out_titles(catalog, query.missing) if query.missing else (),
        **{"added_sku": "", "discount_entry": DiscountEntry(), **context},
    )


def _sold_out_titles(catalog: Catalog, missing: str) -> tuple[str, ...]:
    """The titles of those products that are really sold out: a URL can contain anything."""
    skus = missing.split(",")[:MAX_LINES]
    stock = read_stock(skus)
    sold_out = [sku for sku in skus if sku in stock and not stock[sku].available]
    return tuple(dict.fromkeys(catalog.entry_with_sku(sku).product.title for sku in sold_out))
