"""An order's own page, live until it is final; cancelling it, trying again, and the history."""

from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from app.aws.secrets import secret
from app.cart.cart import MOST_OF_ONE, Cart
from app.cart.models import change_cart
from app.cart.visitor import Visit
from app.errors import Conflict
from app.i18n.messages import said
from app.inventory.reservations import on_hand
from app.orders.cancellation import can_cancel, cancel
from app.orders.models import Order, OrderStatus
from app.orders.queries import Story, orders_of, story_of
from app.orders.signed_links import LINK_LASTS, check_order_key
from app.payments.gateway import METHODS
from app.web.http.debug_panel import wants_behind
from app.web.http.request_time import Now
from app.web.http.templating import page, wants_part
from app.web.security.authorization import Who, admits
from app.web.security.sessions import (
    CurrentVisit,
    Customer,
    KnownVisit,
    cookie_value,
    secure,
    set_cookie,
)
from app.web.storefront import order_timeline, order_trace

router = APIRouter(include_in_schema=False)

NO_SUCH_ORDER = said("We have no such order.")


class Asked(BaseModel):
    """``key`` comes from a letter, once; ``seen`` is the edition that a polling page shows."""

    key: Annotated[str, Field(max_length=300)] = ""
    seen: Annotated[str, Field(max_length=100)] = ""


@router.get("/orders")
def history(request: Request, visit: Customer) -> Response:
    return page(
        request,
        "orders/order_list.html",
        orders=orders_of(visit.email),
        status_words=order_timeline.status_words,
    )


@admits(Who.OWNER)
def _own_story(
    request: Request, visit: CurrentVisit, order_id: str, asked: Annotated[Asked, Query()]
) -> Story:
    """The order, if it is this visitor's; another's is answered just like one that is not there."""
    story = story_of(order_id)
    if asked.key or not _owned(story.order, visit):
        key = asked.key or cookie_value(request.headers, _key_cookie())
        check_order_key(order_id, key, secret())
    return story


OwnStory = Annotated[Story, Depends(_own_story)]


@router.get("/orders/{order_id}")
def order(
    request: Request, now: Now, story: OwnStory, asked: Annotated[Asked, Query()]
) -> Response:
    if asked.key:
        return _unlock(request, story.order.order_id, asked.key)
    if wants_part(request) and asked.seen == _edition(request, story, now):
        return Response(status_code=204)
    return _draw(request, story, now)


@router.post("/orders/{order_id}/cancel")
def cancel_order(request: Request, now: Now, story: OwnStory) -> Response:
    order_id = story.order.order_id
    try:
        cancel(order_id, now=now)
    except Conflict as refused:
        return _draw(request, story_of(order_id), now, refused=refused.message)
    if not wants_part(request):
        return RedirectResponse(f"/orders/{order_id}", 303)
    return _draw(request, story_of(order_id), now)


@router.post("/orders/{order_id}/again")
def order_again(visit: KnownVisit, now: Now, story: OwnStory) -> Response:
    """Put the order's pieces back into the cart, as far as there are any; twice is as once.

    A declined order goes straight on to the checkout, unless something of it is gone.
    """
    order = story.order
    short = _short_of(order, _refilled(order, visit, now))
    to = "/checkout" if order.status == OrderStatus.DECLINED and not short else "/cart"
    return RedirectResponse(f"{to}?{urlencode(short)}" if short else to, 303)


def _refilled(order: Order, visit: Visit, now: datetime) -> Cart:
    stock = on_hand(line.sku for line in order.lines)

    def refill(cart: Cart) -> Cart:
        for line in order.lines:
            row = stock.get(line.sku)
            left = int(row.available) if row and row.on_sale else 0
            wanted = max(line.quantity, cart.quantity_of(line.sku))
            if possible := min(wanted, left, MOST_OF_ONE):
                cart = cart.with_quantity(line.sku, possible, price=int(stock[line.sku].price))
        return cart

    return change_cart(visit.cart_owner, refill, now=now)


def _short_of(order: Order, cart: Cart) -> dict[str, str]:
    """What the cart page is to tell: the skus that are gone, and those of which there are fewer."""
    missing = [line.sku for line in order.lines if not cart.quantity_of(line.sku)]
    fewer = [ln.sku for ln in order.lines if 0 < cart.quantity_of(ln.sku) < ln.quantity]
    told = {"missing": ",".join(missing), "fewer": ",".join(fewer)}
    return {name: skus for name, skus in told.items() if skus}


def _unlock(request: Request, order_id: str, key: str) -> Response:
    """Move the key from the address, which gets copied and logged, into a cookie for this page."""
    lasts = timedelta(seconds=LINK_LASTS)
    set_cookie(request, _key_cookie(), key, path=f"/orders/{order_id}", lasts=lasts)
    return RedirectResponse(f"/orders/{order_id}", 303)


def _key_cookie() -> str:
    return "__Secure-order" if secure() else "order"


def _owned(order: Order, visit: Visit) -> bool:
    placed_here = bool(visit.visitor) and order.owner == visit.visitor
    return placed_here or (bool(visit.email) and order.email == visit.email)


def _draw(request: Request, story: Story, now: datetime, *, refused: str = "") -> Response:
    order = story.order
    return page(
        request,
        "orders/order.html",
        parts=["status", "receipt", "behind"],
        status=409 if refused else 200,
        order=order,
        status_words=order_timeline.status_words,
        steps=order_timeline.steps(story),
        headline=order_timeline.headline(order),
        cancel_words=order_timeline.cancel_words(order) if can_cancel(order) else "",
        paid=story.told_at("order_paid") is not None,
        declined=order.status == OrderStatus.DECLINED,
        method=METHODS.get(order.payment_method, ""),
        pace=order_timeline.pace(order, now),
        edition=_edition(request, story, now),
        order_trace=order_trace.hops(story) if wants_behind(request) else None,
        live=_live(request, order, now),
        refused=refused,
    )


def _edition(request: Request, story: Story, now: datetime) -> str:
    edition = order_timeline.edition(story, now)
    return f"{edition}-{order_trace.edition(story)}" if wants_behind(request) else edition


def _live(request: Request, order: Order, now: datetime) -> bool:
    """The curious wait a little longer than the order does: for its last marks."""
    return not order.finished or (wants_behind(request) and order_trace.settling(order, now))
