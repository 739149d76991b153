"""The cart: put a piece in, change how many, look at it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from app.cart.cart import MOST_LINES, MOST_OF_ONE, Cart
from app.cart.models import change_cart
from app.cart.pricing import price_cart
from app.cart.visitor import Visit
from app.catalog.catalog_cache import Catalogue
from app.errors import NotFound, Unacceptable
from app.i18n.messages import said
from app.inventory.reservations import on_hand
from app.web.http.forms import Form, Line, TypedForm, WholeNumber, WrongInput, read_form
from app.web.http.locale import language_for, shelf_for
from app.web.http.request_time import Now
from app.web.http.templating import BADGE, page, show_visit, wants_part
from app.web.security.authorization import FOR_ANYONE
from app.web.security.sessions import CurrentVisit, KnownVisit
from app.web.storefront.home import draw_piece, find_piece

router = APIRouter(include_in_schema=False, dependencies=[FOR_ANYONE])


class Addition(Form):
    sku: Line
    quantity: WholeNumber = 1


class Quantity(Form):
    quantity: WholeNumber


class About(BaseModel):
    """What the change just made was about: a sku cut to what is left, or one taken out.

    ``missing`` and ``fewer`` are the skus of an earlier order that did not all come back.
    """

    only: Annotated[str, Field(max_length=60)] = ""
    missing: Annotated[str, Field(max_length=MOST_LINES * 60)] = ""
    fewer: Annotated[str, Field(max_length=MOST_LINES * 60)] = ""
    removed: Annotated[str, Field(max_length=60)] = ""
    had: Annotated[int, Field(ge=1, le=MOST_OF_ONE)] = 1


@router.get("/cart")
def cart(
    request: Request, visit: CurrentVisit, now: Now, about: Annotated[About, Query()]
) -> Response:
    return _draw_cart(request, visit, now, about)


@router.post("/cart")
def add(request: Request, visit: KnownVisit, now: Now, typed: TypedForm) -> Response:
    """Add so many of a sku; no more than there are."""
    sku, wanted = typed.get("sku", ""), 0
    piece = shelf_for(request, now).piece_with(sku)
    try:
        wanted = read_form(Addition, typed).quantity
        changed = _change(visit, sku, now, lambda cart: cart.quantity_of(sku) + wanted)
    except WrongInput as wrong:
        return draw_piece(request, piece, sku, wrong=next(iter(wrong.errors.values())))
    except Unacceptable as refused:
        return draw_piece(request, piece, sku, wrong=refused.message)
    if not changed.cart.quantity_of(sku):
        return draw_piece(request, piece, sku, wrong=said("This one has just sold out."))
    cut = changed.cart.quantity_of(sku) < visit.cart.quantity_of(sku) + wanted
    if not wants_part(request):
        return RedirectResponse(_cart_address(only=sku if cut else ""), 303)
    return _draw_drawer(request, changed, now, sku=sku, cut=cut)


@router.post("/cart/lines/{sku}")
def set_line(request: Request, visit: KnownVisit, now: Now, sku: str, typed: TypedForm) -> Response:
    """Set how many of a sku; nought takes it out, more than there are gives what there is."""
    wanted = read_form(Quantity, typed).quantity
    if wanted and not visit.cart.quantity_of(sku):
        raise NotFound(said("This piece is no longer in your cart."))
    changed = _change(visit, sku, now, lambda _: wanted)
    about = {"only": sku} if changed.cart.quantity_of(sku) < wanted else {}
    if not wanted:
        about = {"removed": sku, "had": str(visit.cart.quantity_of(sku) or 1)}
    if not wants_part(request):
        return RedirectResponse(_cart_address(**about), 303)
    show_visit(request, changed)
    return _draw_cart(request, changed, now, About.model_validate(about))


def _change(visit: Visit, sku: str, now: datetime, wish: Callable[[Cart], int]) -> Visit:
    """The visit with as many of a sku as wished for, or as there are.

    Raises ``Unacceptable`` beyond the limits of an order.
    """
    stock = on_hand([sku]).get(sku)
    left = int(stock.available) if stock and stock.on_sale else 0
    price = int(stock.price) if stock else 0

    def change(cart: Cart) -> Cart:
        wished = wish(cart)
        # More than an order may hold is left for the cart to refuse: it names the true limit.
        possible = min(wished, left) if wished <= MOST_OF_ONE else wished
        return cart.with_quantity(sku, possible, price=price)

    return replace(visit, cart=change_cart(visit.cart_owner, change, now=now))


def _cart_address(**about: str) -> str:
    named = {name: value for name, value in about.items() if value}
    return f"/cart?{urlencode(named)}" if named else "/cart"


def _draw_cart(request: Request, visit: Visit, now: datetime, about: About) -> Response:
    gone = find_piece(about.removed, shelf_for(request, now)) if about.removed else None
    return page(
        request,
        "cart/cart.html",
        parts=["cart", BADGE, "carts/drawer.html:said"],
        cart=price_cart(visit.cart, now, language_for(request).code),
        about=about,
        cut={about.only, *about.fewer.split(",")},
        gone=gone,
        missing=_missing(about.missing, shelf_for(request, now)) if about.missing else (),
    )


def _missing(told: str, shelf: Catalogue) -> tuple[str, ...]:
    """The pieces of these skus that have really sold out: an address can say anything."""
    skus = told.split(",")[:MOST_LINES]
    stock = on_hand(skus)
    gone = [sku for sku in skus if sku in stock and not stock[sku].available]
    return tuple(dict.fromkeys(shelf.piece_with(sku).product.title for sku in gone))


def _draw_drawer(request: Request, visit: Visit, now: datetime, *, sku: str, cut: bool) -> Response:
    show_visit(request, visit)
    cart = price_cart(visit.cart, now, language_for(request).code)
    return page(
        request,
        "cart/cart.html",
        parts=["carts/drawer.html:drawer", BADGE, "carts/drawer.html:said"],
        cart=cart,
        added=next(line for line in cart.lines if line.line.sku == sku),
        cut=cut,
    )
