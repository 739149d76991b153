"""Signing in by a letter with a link that works once, and signing out."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from ulid import ULID

from app.aws import ses
from app.cart.cart import MOST_LINES, MOST_OF_ONE, Cart
from app.cart.models import cart_of, change_cart
from app.cart.visitor import Visit
from app.customers.magic_links import offer_link, use_link
from app.customers.models import LINK_LASTS, customer_of
from app.customers.sessions import sign_out
from app.emails.templates import write_letter
from app.errors import NotFound
from app.settings import settings
from app.web.http.access_log import remark
from app.web.http.flash import Word, tell_next
from app.web.http.forms import Email, Form, TypedForm, WrongInput, read_form
from app.web.http.locale import language_for
from app.web.http.request_time import Now
from app.web.http.templating import page
from app.web.http.user_agent import browser_of
from app.web.security.authorization import FOR_ANYONE
from app.web.security.client_ip import network_of
from app.web.security.redirects import LONGEST, own_path
from app.web.security.sessions import CurrentVisit, forget, remember

router = APIRouter(include_in_schema=False, dependencies=[FOR_ANYONE])

MINUTES = int(LINK_LASTS.total_seconds() // 60)
Token = Annotated[str, Path(max_length=100)]
Next = Annotated[str, Query(alias="next", max_length=LONGEST)]


class SignInForm(Form):
    email: Email
    next: str = "/"


@router.get("/sign-in")
async def sign_in(request: Request, _: CurrentVisit, to: Next = "/") -> Response:
    return _draw_form(request, {"next": own_path(to)})


@router.post("/sign-in")
def send_link(request: Request, _: CurrentVisit, now: Now, typed: TypedForm) -> Response:
    """Send the letter. The answer is the same whether we know the address or not."""
    try:
        form = read_form(SignInForm, typed)
    except WrongInput as wrong:
        return _draw_form(request, wrong.typed, errors=wrong.errors, status=422)
    remark(request.scope, sign_in="asked")
    token = offer_link(form.email, network_of(request), own_path(form.next), now=now)
    link = f"{settings().base_url}/sign-in/{token}"
    letter = write_letter("sign_in", language_for(request), link=link, minutes=MINUTES)
    ses.send(letter, form.email, event_id=f"sign-in-{ULID()}")
    return page(request, "account/link_sent.html", email=form.email, minutes=MINUTES)


@router.get("/sign-in/{token}")
async def arrive(request: Request, _: CurrentVisit, token: Token) -> Response:
    """Only shows a button: programs that check letters follow links, and would use this one up."""
    return page(request, "account/confirm_sign_in.html", token=token)


@router.post("/sign-in/{token}")
def finish(request: Request, visit: CurrentVisit, now: Now, token: Token) -> Response:
    try:
        signed_in = use_link(token, browser_of(request), now=now)
    except NotFound as gone:
        remark(request.scope, sign_in="refused")
        return _draw_form(request, {}, gone=gone.message, status=404)
    if word := _carry_over(visit, customer_of(signed_in.email), now):
        tell_next(request, word)
    remark(request.scope, sign_in="done")
    remember(request, signed_in.token)
    return RedirectResponse(own_path(signed_in.next_path), 303)


@router.post("/sign-out")
def leave(request: Request, visit: CurrentVisit) -> Response:
    """The cookie goes as well: whoever uses this browser next starts with an empty cart."""
    if visit.visitor:
        sign_out(visit.visitor)
    forget(request)
    # What a page left in the browser goes too: https://www.w3.org/TR/clear-site-data/
    return RedirectResponse("/", 303, {"Clear-Site-Data": '"cache", "storage"'})


def _carry_over(before: Visit, customer: str, now: datetime) -> Word | None:
    """A guest's cart joins the one that the customer has; the word to say when both held something.

    The old cookie, whoever knows it, opens nothing more.
    """
    if before.email:
        sign_out(before.visitor)
        return None
    if not before.cart.lines:
        return None
    kept = cart_of(customer)
    joined = change_cart(customer, lambda cart: merged(cart, before.cart), now=now)
    change_cart(before.visitor, lambda _: Cart(), now=now)
    if not kept.lines:
        return None
    return "joined" if joined.count == kept.count + before.cart.count else "joined-in-part"


def merged(cart: Cart, other: Cart) -> Cart:
    """Both carts in one, as far as the limits of an order go."""
    for line in other.lines:
        quantity = min(cart.quantity_of(line.sku) + line.quantity, MOST_OF_ONE)
        if cart.quantity_of(line.sku) or len(cart.lines) < MOST_LINES:
            cart = cart.with_quantity(line.sku, quantity, price=line.price)
    return cart


def _draw_form(
    request: Request,
    typed: dict[str, str],
    *,
    errors: dict[str, str] | None = None,
    gone: str = "",
    status: int = 200,
) -> Response:
    return page(
        request,
        "account/sign_in.html",
        status=status,
        typed=typed,
        errors=errors or {},
        gone=gone,
    )
