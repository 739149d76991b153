"""New links to orders: sent to the address of the order, and to no other.

Every answer is the same for an order that does not exist, so it shows no stranger which orders do.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import ClassVar

from fastapi import APIRouter, Request, Response
from ulid import ULID

from app.aws import ses
from app.aws.secrets import signing_secret
from app.customers.rate_limits import RateLimit
from app.emails.templates import render_email
from app.errors import NotFound, RateLimited, ValidationFailed
from app.i18n.locales import find_language
from app.i18n.messages import lazy_gettext
from app.orders.models import Order
from app.orders.numbers import read_order_id, read_order_number
from app.orders.queries import find_orders_by_number
from app.orders.signed_links import order_link
from app.orders.transitions import find_order
from app.shop_time import shop_day
from app.web.http.forms import (
    Email,
    Form,
    Identifier,
    SubmittedForm,
    read_form,
    without_card_numbers,
)
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.authorization import PUBLIC
from app.web.security.client_ip import client_network
from app.web.security.sessions import CurrentVisitor

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])

ORDER_LINKS = RateLimit("order_link", 3)  # requests about one order
# Emails to one address. Above it the answer stays the same: a refusal would show that an order
# exists, or that its address was guessed.
LINKS_PER_ADDRESS = RateLimit("order_link_address", 5)
ORDER_LINKS_PER_NETWORK = RateLimit("order_link_network", 30)
NO_ORDER_NUMBER = lazy_gettext(
    "Enter the order number as our email shows it, such as HC-20311123-4F7Q2-9XKTB."
)


class FindOrderForm(Form):
    number: Identifier
    email: Email

    labels: ClassVar[Mapping[str, str]] = {
        "number": lazy_gettext("your order number"),
        "email": lazy_gettext("your email address"),
    }


@router.post("/orders/{order_id}/link")
def send_order_link(request: Request, _: CurrentVisitor, now: Now, order_id: str) -> Response:
    """Email a new link to the address of the order, which the page does not name.

    The response is the same for an unknown order. Its time is not, but an order id has 80 random
    bits: a caller who knows one knows that its order exists. Raises ``RateLimited``.
    """
    if read_order_id(order_id) != order_id:
        raise NotFound(lazy_gettext("There is nothing here."))
    ORDER_LINKS_PER_NETWORK.hit(client_network(request).viewer, now=now)
    ORDER_LINKS.hit(order_id, now=now)
    with suppress(NotFound):
        order = find_order(order_id)
        if order.email:  # else it has been erased
            _send_link(order, now)
    return render_page(request, "orders/link_sent.html")


def _send_link(order: Order, now: datetime) -> None:
    """Send the link, unless its address has had too many, or SES refuses the address.

    The email has no text that the customer wrote: the address may be a stranger's.
    """
    with suppress(RateLimited, ses.AddressRefused):
        LINKS_PER_ADDRESS.hit(order.email, now=now)
        _send_email(order)


def _send_email(order: Order) -> None:
    email = render_email(
        "order_link",
        find_language(order.language),
        order=order,
        link=order_link(order, signing_secret()),
    )
    ses.send_while_visitor_waits(email, order.email, event_id=f"order-link-{ULID()}")


@router.get("/find-order")
async def show_find_form(request: Request, _: CurrentVisitor) -> Response:
    return _render_find_form(request, {})


@router.post("/find-order")
def find_order_by_number(
    request: Request, _: CurrentVisitor, now: Now, submitted: SubmittedForm
) -> Response:
    """Email the link of the order with this number, if it was placed with this address.

    Raises ``RateLimited``, as often for a number that does not exist as for one that does.
    """
    try:
        form = read_form(FindOrderForm, submitted)
        if not read_order_number(form.number, today=shop_day(now)):
            raise ValidationFailed(NO_ORDER_NUMBER, field="number")
    except ValidationFailed as failed:
        shown = without_card_numbers(submitted)
        return _render_find_form(request, shown, errors=failed.errors, status=422)
    ORDER_LINKS_PER_NETWORK.hit(client_network(request).viewer, now=now)
    ORDER_LINKS.hit(f"{form.number} {form.email}", now=now)
    for order in find_orders_by_number(form.number, today=shop_day(now)):
        if order.email == form.email:
            _send_link(order, now)
    return render_page(request, "orders/link_sent.html")


def _render_find_form(
    request: Request,
    values: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    return render_page(
        request, "orders/find.html", status=status, values=values, errors=errors or {}
    )
