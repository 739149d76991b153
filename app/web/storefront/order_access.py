"""Who may open an order's page: its customer, the guest who placed it, or who has its link.

A guest's access ends by itself. ``order_links.py`` sends the owner a new link.
"""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from app.aws.secrets import accepted_signing_secrets, signing_secret
from app.cart.visitor import Visitor
from app.customers.models import customer_id
from app.errors import Gone, NotFound
from app.i18n.messages import lazy_gettext
from app.orders.models import Order
from app.orders.numbers import read_order_id
from app.orders.queries import OrderDetails, load_order_details
from app.orders.signed_links import (
    GRANT_LIFETIME_SECONDS,
    check_order_key,
    grant_order,
    is_granted,
)
from app.web.http.access_log import add_log_fields
from app.web.http.errors import HEADINGS, render_problem
from app.web.http.request_time import Now
from app.web.http.templating import render_page, wants_fragment
from app.web.security.authorization import Access, requires
from app.web.security.cookies import cookie_value, is_https, set_cookie
from app.web.security.sessions import CurrentVisitor, keep_visitor

GUEST_ACCESS = timedelta(days=7)  # shorter than the life of the cart that marks an ended guest
NO_SUCH_ORDER = lazy_gettext("We have no such order, or you may not open it here.")
ERASED_ORDER = lazy_gettext("We have erased the personal data of this order.")


class OrderNotFound(NotFound):
    """The order does not exist, or is not the visitor's: a page that looks the same for both."""


class OrderPageQuery(BaseModel):
    """``key`` is the signature of a link in an email; ``revision`` is that of a polling page."""

    key: Annotated[str, Field(max_length=300)] = ""
    revision: Annotated[str, Field(max_length=100)] = ""


OrderPageParams = Annotated[OrderPageQuery, Query()]


@requires(Access.ORDER_OWNER)
def _owned_order(
    request: Request, visitor: CurrentVisitor, now: Now, order_id: str, query: OrderPageParams
) -> OrderDetails:
    """The order, if the visitor placed it or has its signed link.

    Raises ``OrderNotFound`` for the orders of others too: the response must not show that they
    exist. Raises ``Gone`` for an order whose personal data has been erased.
    """
    try:
        details = load_order_details(order_id)
        if query.key:
            check_order_key(order_id, query.key, accepted_signing_secrets())
    except NotFound as missing:
        raise OrderNotFound(NO_SUCH_ORDER) from missing
    if not (query.key or is_owner(visitor, details.order, now) or _has_grant(request, visitor)):
        raise OrderNotFound(NO_SUCH_ORDER)
    if details.order.erasure:
        raise Gone(ERASED_ORDER)
    return details


OwnedOrder = Annotated[OrderDetails, Depends(_owned_order)]


def is_owner(visitor: Visitor, order: Order, now: datetime) -> bool:
    """Whether the order is the customer's, or was placed by this guest in the last days.

    A customer's orders are found by their session alone: no cookie owns them.
    """
    if visitor.email:
        return visitor.email == order.email or order.owner == customer_id(visitor.email)
    is_placed_here = bool(visitor.visitor_id) and order.owner == visitor.visitor_id
    return is_placed_here and now < order.placed_at + GUEST_ACCESS


def store_grant(request: Request, visitor: Visitor, order_id: str) -> Response:
    """Replace the key in the URL by a cookie for this page: URLs are copied and logged."""
    visitor_id = keep_visitor(request, visitor).visitor_id
    set_cookie(
        request,
        _grant_cookie(),
        grant_order(order_id, visitor_id, signing_secret()),
        path=f"/orders/{order_id}",
        lifetime=timedelta(seconds=GRANT_LIFETIME_SECONDS),
    )
    return RedirectResponse(f"/orders/{order_id}", 303)


def _has_grant(request: Request, visitor: Visitor) -> bool:
    grant = cookie_value(request.headers, _grant_cookie())
    order_id = request.path_params["order_id"]
    return is_granted(order_id, visitor.visitor_id, grant, accepted_signing_secrets())


def _grant_cookie() -> str:
    return "__Secure-order" if is_https() else "order"


async def render_missing_order(request: Request, _: Exception) -> Response:
    """The 404 page of an order, with a form that sends its owner a new link."""
    add_log_fields(request.scope, refused="OrderNotFound")
    order_id = request.path_params.get("order_id", "")
    if wants_fragment(request) or read_order_id(order_id) != order_id:
        return render_problem(request, 404, NO_SUCH_ORDER)
    return render_page(
        request,
        "orders/missing.html",
        status=404,
        heading=HEADINGS[404],
        message=NO_SUCH_ORDER,
        code=404,
        order_id=order_id,
    )
