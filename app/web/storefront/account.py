"""Account pages: sign-in by magic link, sign-out, and the account with its devices."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from ulid import ULID

from app.aws import ses
from app.cart.cart import MAX_LINES, MAX_QUANTITY_PER_LINE, Cart
from app.cart.models import end_guest, move_cart
from app.cart.visitor import Visitor
from app.customers import sessions
from app.customers.magic_links import issue, redeem
from app.customers.models import LINK_TTL, customer_id, new_session_token, visitor_id_of
from app.emails.templates import render_email
from app.errors import NotFound, ValidationFailed
from app.i18n.messages import lazy_gettext
from app.orders.address_book import MAX_ADDRESSES, saved_addresses
from app.settings import settings
from app.web.http.access_log import add_log_fields
from app.web.http.flash import FlashCode, flash
from app.web.http.forms import Email, Form, SubmittedForm, read_form, without_card_numbers
from app.web.http.locale import language_for
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.http.user_agent import parse_user_agent
from app.web.security.authorization import PUBLIC
from app.web.security.client_ip import client_network
from app.web.security.redirects import MAX_PATH_LENGTH, local_path
from app.web.security.sessions import (
    CurrentVisitor,
    Customer,
    clear_visitor_cookie,
    set_visitor_cookie,
)

router = APIRouter(include_in_schema=False)

ACCOUNT_PATH = "/account"
REFUSED_ADDRESS = lazy_gettext(
    "We could not send an email to this address. Check it for typos, or enter another one."
)
LINK_MINUTES = int(LINK_TTL.total_seconds() // 60)
Token = Annotated[str, Path(max_length=100)]
NextPath = Annotated[str, Query(alias="next", max_length=MAX_PATH_LENGTH)]


class SignInForm(Form):
    email: Email
    next: str = "/"

    labels: ClassVar[Mapping[str, str]] = {"email": lazy_gettext("your email address")}


@router.get("/sign-in", dependencies=[PUBLIC])
async def show_sign_in_form(request: Request, _: CurrentVisitor, to: NextPath = "/") -> Response:
    return _render_sign_in_form(request, {"next": local_path(to)})


@router.post("/sign-in", dependencies=[PUBLIC])
def send_sign_in_link(
    request: Request, _: CurrentVisitor, now: Now, submitted: SubmittedForm
) -> Response:
    """Email a magic link. The response is the same for known and unknown addresses.

    An address that SES refuses gets an error in the form. Raises ``Unavailable`` if SES fails.
    """
    try:
        form = read_form(SignInForm, submitted)
    except ValidationFailed as failed:
        shown = without_card_numbers(submitted)
        return _render_sign_in_form(request, shown, errors=failed.errors, status=422)
    add_log_fields(request.scope, sign_in="requested")
    token = issue(form.email, client_network(request), local_path(form.next), now=now)
    language = language_for(request)
    link = f"{settings().base_url}{language.prefix}/sign-in/{token}"
    email = render_email("sign_in", language, link=link, minutes=LINK_MINUTES)
    try:
        ses.send_while_visitor_waits(email, form.email, event_id=f"sign-in-{ULID()}")
    except ses.AddressRefused:
        shown = {"email": submitted.get("email", ""), "next": form.next}
        errors = {"email": REFUSED_ADDRESS}
        return _render_sign_in_form(request, shown, errors=errors, status=422)
    return render_page(request, "account/link_sent.html", email=form.email, minutes=LINK_MINUTES)


@router.get("/sign-in/{token}", dependencies=[PUBLIC])
async def confirm_sign_in(request: Request, _: CurrentVisitor, token: Token) -> Response:
    """Show the button that redeems the link.

    Opening the page does not redeem it, because email scanners follow every link in an email.
    """
    return render_page(request, "account/confirm_sign_in.html", token=token)


@router.post("/sign-in/{token}", dependencies=[PUBLIC])
def sign_in(request: Request, visitor: CurrentVisitor, now: Now, token: Token) -> Response:
    try:
        signed_in = redeem(token, parse_user_agent(request), now=now)
    except NotFound:
        add_log_fields(request.scope, sign_in="refused")
        return _render_sign_in_form(request, {}, expired=True, status=404)
    flash(request, _take_over_cart(visitor, customer_id(signed_in.email), now) or "signed_in")
    add_log_fields(request.scope, sign_in="done")
    set_visitor_cookie(request, signed_in.token)
    return RedirectResponse(local_path(signed_in.next_path), 303)


@router.post("/sign-out", dependencies=[PUBLIC])
def sign_out(request: Request, visitor: CurrentVisitor, now: Now) -> Response:
    """End the session, or what a guest has here, and delete the cookie.

    The next visitor of the browser gets another one. A copy of the old cookie opens nothing, nor
    does a cookie of an order's page, which belongs to the visitor who opened it.
    """
    if visitor.email:
        sessions.sign_out(visitor.visitor_id)
    elif visitor.visitor_id:
        end_guest(visitor.visitor_id, now=now)
    clear_visitor_cookie(request)
    # Deletes what pages stored in the browser: https://www.w3.org/TR/clear-site-data/
    return RedirectResponse("/", 303, {"Clear-Site-Data": '"cache", "storage"'})


@router.get(ACCOUNT_PATH)
def show_account(request: Request, customer: Customer, now: Now) -> Response:
    active = sessions.list_sessions(customer.email, now=now)
    addresses = saved_addresses(customer.email, now=now)
    return render_page(
        request,
        "account/account.html",
        sessions=active,
        addresses=addresses,
        max_saved_addresses=MAX_ADDRESSES,
    )


@router.post("/account/sessions/sign-out-others")
def sign_out_other_devices(request: Request, customer: Customer, now: Now) -> Response:
    """End every other session, and give this browser another cookie."""
    token = new_session_token()
    sessions.end_other_sessions(
        customer.email,
        current_visitor=customer.visitor_id,
        new_visitor=visitor_id_of(token),
        now=now,
    )
    set_visitor_cookie(request, token)
    return RedirectResponse(ACCOUNT_PATH, 303)


@router.post("/account/sessions/{session_id}/sign-out")
def sign_out_device(customer: Customer, session_id: str) -> Response:
    """End one session. After the current one, the redirect leads to the sign-in page."""
    sessions.end_session(customer.email, session_id)
    return RedirectResponse(ACCOUNT_PATH, 303)


def _take_over_cart(visitor: Visitor, customer: str, now: datetime) -> FlashCode | None:
    """Move a guest's cart into the customer's; return a flash code if both had items.

    The guest, or the old session of a customer, ends: the old cookie gives access to nothing.
    """
    if visitor.email:
        sessions.sign_out(visitor.visitor_id)
        return None
    if not visitor.visitor_id:
        return None
    taken, earlier, merged = move_cart(visitor.visitor_id, customer, merge_carts, now=now)
    if not taken.lines or not earlier.lines:
        return None
    is_complete = merged.count == earlier.count + taken.count
    return "carts_merged" if is_complete else "carts_merged_in_part"


def merge_carts(cart: Cart, other: Cart) -> Cart:
    """Add the other cart's lines, up to the limits of an order; the rest is dropped."""
    for line in other.lines:
        quantity = min(cart.quantity_of(line.sku) + line.quantity, MAX_QUANTITY_PER_LINE)
        if cart.quantity_of(line.sku) or len(cart.lines) < MAX_LINES:
            cart = cart.with_quantity(line.sku, quantity, price=line.price)
    return cart


def _render_sign_in_form(
    request: Request,
    values: dict[str, str],
    *,
    errors: dict[str, str] | None = None,
    expired: bool = False,
    status: int = 200,
) -> Response:
    return render_page(
        request,
        "account/sign_in.html",
        status=status,
        values=values,
        errors=errors or {},
        expired=expired,
    )
