"""The checkout page: contact, delivery address and payment on one page; and placing the order."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import AfterValidator, Field
from ulid import ULID

from app.aws.secrets import signing_secret
from app.cart.pricing import price_cart
from app.cart.visitor import Visitor
from app.customers.email_addresses import display_email_address
from app.errors import Conflict, RateLimited, ShopError, Unavailable, ValidationFailed
from app.form_fields import Submitted
from app.i18n.messages import lazy_gettext
from app.orders import signed_links
from app.orders.addresses import (
    COMMON_COUNTRIES,
    DEFAULT_COUNTRY,
    FIELDS,
    address_fields,
    read_address,
)
from app.orders.checkout import OrderRequest, place_order
from app.orders.checkout_errors import AlreadyPlaced
from app.orders.models import Address, Order
from app.payments.gateway import PAYMENT_METHODS
from app.shipping.address_format import line_format
from app.shipping.regions import find_region
from app.web.http.errors import add_retry_after, status_code
from app.web.http.forms import (
    Email,
    Form,
    SubmittedForm,
    WholeNumber,
    read_form,
    without_card_numbers,
)
from app.web.http.locale import language_for
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.authorization import PUBLIC
from app.web.security.caller_limits import Caller
from app.web.security.sessions import KnownVisitor

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])


def _known_method(value: str) -> str:
    if value not in PAYMENT_METHODS:
        raise ValueError(lazy_gettext("Select a payment method."))
    return value


class CheckoutForm(Form):
    """``form`` is the signed order id; ``cart_version`` and ``total`` are those the page showed."""

    form: str = ""
    cart_version: WholeNumber
    total: WholeNumber
    email: Email
    payment_method: Annotated[str, AfterValidator(_known_method), Field(validate_default=True)] = ""

    labels: ClassVar[Mapping[str, str]] = {
        "email": lazy_gettext("your email address"),
    }


@dataclass(frozen=True)
class Draft:
    """The form to render: its values, the errors by field, and the reason if placing failed.

    ``placed`` is the order that was placed with this form before it was changed.
    """

    values: Submitted
    errors: dict[str, str] = field(default_factory=dict)
    refusal: str = ""
    status: int = 200
    placed: Order | None = None


@router.get("/checkout")
def show_checkout(request: Request, visitor: KnownVisitor, now: Now) -> Response:
    if not price_cart(visitor.cart, now).can_be_ordered:
        return RedirectResponse("/cart", 303)
    email = display_email_address(visitor.email)
    return _render(request, visitor, now, Draft({"country": DEFAULT_COUNTRY, "email": email}))


@router.post("/checkout")
def submit_checkout(
    request: Request, visitor: KnownVisitor, now: Now, submitted: SubmittedForm, caller: Caller
) -> Response:
    """Place the order and redirect to its page (Post/Redirect/Get).

    A repeated submit leads to the same order; one that was changed after "Back" gets a link to it.
    If the order cannot be placed, the form is shown again with the submitted values and the reason.
    """
    try:
        form, address = _read_checkout(submitted)
    except ValidationFailed as failed:
        errors = _in_page_order(failed.errors, submitted.get("country", ""))
        draft = Draft(without_card_numbers(submitted), errors, status=422)
        return _render(request, visitor, now, draft)
    try:
        order_request = replace(_order_request(request, form, address, visitor), caller=caller)
        cart = price_cart(visitor.cart, now, order_request.language)
        order = place_order(order_request, cart, now=now)
    except (ValidationFailed, Conflict, RateLimited, Unavailable) as refused:
        return _render_refusal(request, visitor, now, Draft(submitted), refused)
    return RedirectResponse(f"/orders/{order.order_id}", 303)


def _render_refusal(
    request: Request, visitor: Visitor, now: datetime, draft: Draft, refused: ShopError
) -> Response:
    """The form with the reason. An empty cart has no form: then a page with the reason."""
    status = status_code(refused)
    placed = refused.order if isinstance(refused, AlreadyPlaced) else None
    if visitor.cart.lines:
        draft = replace(draft, refusal=refused.message, status=status, placed=placed)
        return add_retry_after(refused, _render(request, visitor, now, draft))
    if placed is None:
        raise refused
    return render_page(
        request,
        "orders/already_placed.html",
        status=status,
        code=status,
        heading=lazy_gettext("You've already placed this order"),
        message=lazy_gettext(
            "We have your order %(number)s with the details that you sent first. The changed form"
            " did not place another one.",
            number=placed.number,
        ),
        order=placed,
    )


@router.post("/checkout/address")
def show_address_fields(
    request: Request, visitor: KnownVisitor, now: Now, submitted: SubmittedForm
) -> Response:
    """The form with the address fields of the selected country. Nothing is stored."""
    return _render(request, visitor, now, Draft(without_card_numbers(submitted)))


def _order_request(
    request: Request, form: CheckoutForm, address: Address, visitor: Visitor
) -> OrderRequest:
    return OrderRequest(
        order_id=signed_links.verify_checkout_form(form.form, visitor.visitor_id, signing_secret()),
        owner=visitor.owner,
        email=form.email,
        email_verified=form.email == visitor.email,
        address=address,
        payment_method=form.payment_method,
        shown_total=form.total,
        visitor=visitor.owner,
        cart_version=form.cart_version,
        language=language_for(request).code,
    )


def _read_checkout(submitted: Submitted) -> tuple[CheckoutForm, Address]:
    """Read the form and its address; ``ValidationFailed`` reports the errors of both together."""
    try:
        address = read_address(submitted)
    except ValidationFailed as failed:
        read_form(CheckoutForm, submitted, other_errors=failed.errors)  # raises, too
        raise
    return read_form(CheckoutForm, submitted), address


def _in_page_order(errors: dict[str, str], country: str) -> dict[str, str]:
    """Sort the errors like the fields on the page.

    A part of the address that the country does not use has no field: its error is the country's.
    """
    address = (it.name for it in address_fields(country))
    order = ["email", "country", "name", *address, "payment_method"]
    hidden = FIELDS.keys() - set(order)
    shown = {"country" if name in hidden else name: message for name, message in errors.items()}
    return dict(sorted(shown.items(), key=lambda item: (*order, item[0]).index(item[0])))


def _selected_region(country: str, values: Submitted) -> Submitted:
    """The option of the list for a region, which may be submitted by another of its names."""
    listed = [it.country for it in address_fields(country) if it.choices]
    region = find_region(listed[0], values.get("region", "")) if listed else None
    return {"region": region.latin} if region else {}


def _render(request: Request, visitor: Visitor, now: datetime, draft: Draft) -> Response:
    """Every rendering has a new order id: a refused form must not lead to an existing order."""
    country = draft.values.get("country", DEFAULT_COUNTRY)
    draft = replace(draft, values=draft.values | _selected_region(country, draft.values))
    return render_page(
        request,
        "orders/checkout.html",
        blocks=["address"],
        status=draft.status,
        cart=cart.delivered_to(draft.country),
        draft=draft,
        signed_form=signed_links.sign_checkout_form(
            str(ULID()), visitor.visitor_id, signing_secret()
        ),
        common_countries=COMMON_COUNTRIES,
        country=country,
        fields=address_fields(country),
        line_format=line_format(country, latin=True),
        payment_methods=PAYMENT_METHODS,
    )
