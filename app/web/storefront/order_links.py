"""New links to orders: sent to the address of the order, and to no other.

Every answer is the same for an order that does not exist, so it shows no stranger which orders do.
An address that searches for an order gets an email in any case, with the link or without.
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
from app.emails.templates import Email as EmailContent
from app.emails.templates import render_email
from app.errors import NotFound, RateLimited, ValidationFailed
from app.i18n.locales import find_language
from app.i18n.messages import lazy_gettext
from app.orders.models import Order
from app.orders.numbers import read_order_id, read_order_number
from app.orders.queries import find_order_of_email
from app.orders.signed_links import order_link
from app.orders.transitions import find_order
from app.settings import settings
from app.shop_time import shop_day
from app.web.http.forms import (
    Email,
    Form,
    Identifier,
    SubmittedForm,
    read_form,
    without_card_numbers,
)
from app.web.http.locale import language_for
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
            _send(_link_email(order), order.email, now)
    return render_page(request, "orders/link_sent.html")


def _send(email: EmailContent, to: str, now: datetime) -> None:
    """Send the email, unless its address has had too many, or SES refuses the address.

    The email has no text that the customer wrote: the address may be a stranger's.
    """
    with suppress(RateLimited, ses.AddressRefused):
        LINKS_PER_ADDRESS.hit(to, now=now)
        ses.send_while_visitor_waits(email, to, event_id=f"order-link-{ULID()}")


def _link_email(order: Order) -> EmailContent:
    link = order_link(order, signing_secret())
    return render_email("order_link", find_language(order.language), order=order, link=link)


@router.get("/find-order")
async def show_find_form(request: Request, _: CurrentVisitor) -> Response:
    return _render_find_form(request, {})


@router.post("/find-order")
def find_order_by_number(
    request: Request, _: CurrentVisitor, now: Now, submitted: SubmittedForm
) -> Response:
    """Email the link of the order with this number, or that none was placed with this address.

    Both take the same calls, so neither the time of the answer nor a failure shows which orders
    exist: https://cheatsheetseries.owasp.org/cheatsheets/Forgot_Password_Cheat_Sheet.html
    Raises ``Unavailable`` if SES fails, and ``RateLimited``, as often for a number that does not
    exist as for one that does.
    """
    try:
        form = read_form(FindOrderForm, submitted)
        numbers = read_order_number(form.number, today=shop_day(now))
        if not numbers:
            raise ValidationFailed(NO_ORDER_NUMBER, field="number")
    except ValidationFailed as failed:
        shown = without_card_numbers(submitted)
        return _render_find_form(request, shown, errors=failed.errors, status=422)
    ORDER_LINKS_PER_NETWORK.hit(client_network(request).viewer, now=now)
    ORDER_LINKS.hit(f"{numbers[0]} {form.email}", now=now)
    language = language_for(request)
    order = find_order_of_email(form.number, form.email, today=shop_day(now))
    if order:
        order.language = language.code  # the index does not have it, and another read takes time
        _send(_link_email(order), form.email, now)
    else:
        link = f"{settings().base_url}{language.prefix}/find-order"
        _send(render_email("order_not_found", language, link=link), form.email, now)
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
