"""The checkout page: contact, delivery address and payment on one page; and placing the order."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pynamodb.exceptions import PynamoDBException
from ulid import ULID

from app.aws.secrets import accepted_signing_secrets, signing_secret
from app.cart.models import save_draft
from app.cart.pricing import PricedCart, apply_discount_code, price_cart
from app.cart.visitor import Visitor
from app.customers.email_addresses import display_email_address
from app.discounts.refusals import DiscountRefused
from app.errors import Conflict, RateLimited, ShopError, Unavailable, ValidationFailed
from app.form_fields import Submitted
from app.i18n.messages import lazy_gettext
from app.orders import signed_links
from app.orders.address_book import (
    MAX_ADDRESSES,
    Addresses,
    SavedAddress,
    find_address,
    save_address,
    saved_addresses,
)
from app.orders.address_fields import COMMON_COUNTRIES, DEFAULT_COUNTRY
from app.orders.checkout import OrderRequest, place_order
from app.orders.checkout_errors import AlreadyPlaced
from app.orders.close_reasons import close_reason_text
from app.orders.drafts import address_values
from app.orders.models import Order
from app.payments.gateway import PAYMENT_METHODS
from app.persistence.dynamodb import is_unavailable
from app.web.http.errors import add_retry_after, status_code
from app.web.http.forms import MAX_NOTE_LENGTH, SubmittedForm, without_card_numbers
from app.web.http.locale import language_for
from app.web.http.request_time import Now
from app.web.http.templating import render_page, wants_fragment
from app.web.security.authorization import PUBLIC
from app.web.security.caller_limits import Caller
from app.web.security.sessions import KnownVisitor
from app.web.storefront import discounts
from app.web.storefront.checkout_form import (
    Checkout,
    Draft,
    errors_of,
    read_checkout,
    valid_values,
    with_address,
    with_kept_fields,
    with_selected_regions,
)

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])


# What the page shows anew for another country.
COUNTRY_BLOCKS = ("errors", "address", "billing", "summary", "pay")


@router.get("/checkout")
def show_checkout(request: Request, visitor: KnownVisitor, now: Now) -> Response:
    if not price_cart(visitor.cart, now).can_be_ordered:
        return RedirectResponse("/cart", 303)
    values = {"country": DEFAULT_COUNTRY, "email": visitor.email}
    values |= visitor.cart.draft.values or _default_address(visitor, now)
    values["email"] = display_email_address(values["email"])
    return _render(request, visitor, now, Draft(values))


def _default_address(visitor: Visitor, now: datetime) -> dict[str, str]:
    addresses = _saved_addresses(visitor, now)
    return address_values(addresses[0].address) if addresses else {}


def _saved_addresses(visitor: Visitor, now: datetime) -> Addresses:
    """Those of a customer. A guest has none, and needs no call to DynamoDB."""
    return saved_addresses(visitor.email, now=now) if visitor.email else ()


@router.post("/checkout")
def submit_checkout(
    request: Request, visitor: KnownVisitor, now: Now, submitted: SubmittedForm, caller: Caller
) -> Response:
    """Place the order and redirect to its page (Post/Redirect/Get).

    A repeated submit leads to the same order; one that was changed after "Back" gets a link to it.
    If the order cannot be placed, the form is shown again with the submitted values and the reason.
    A discount code that was typed but not applied yet is applied instead: the total is another one.
    """
    if discounts.has_new_code(submitted):
        return set_discount_code(request, visitor, now, submitted, caller)
    try:
        checkout = read_checkout(submitted)
    except ValidationFailed as failed:
        _keep_draft(visitor, submitted, failed.errors)
        draft = Draft(without_card_numbers(submitted), failed.errors, status=422)
        return _render(request, visitor, now, draft)
    try:
        order_request = replace(_order_request(request, checkout, visitor), caller=caller)
        order = place_order(order_request, _priced(order_request, visitor, now), now=now)
    except (ValidationFailed, Conflict, RateLimited, Unavailable) as refused:
        if not isinstance(refused, AlreadyPlaced | Unavailable):
            _keep_draft(visitor, submitted, {})
        return _render_refusal(request, visitor, now, Draft(submitted), refused)
    if submitted.get("save_address") and visitor.email:
        _save_address(visitor, order, now)
    return RedirectResponse(f"/orders/{order.order_id}", 303)


def _priced(order_request: OrderRequest, visitor: Visitor, now: datetime) -> PricedCart:
    """The visitor's cart with the code that the page showed; without, if it is another one now."""
    code, draft = order_request.discount_code, visitor.cart.draft
    cart = price_cart(visitor.cart, now, order_request.language)
    return apply_discount_code(cart, code if code == draft.discount_code else "", now=now)


@router.post("/checkout/discount")
def set_discount_code(
    request: Request, visitor: KnownVisitor, now: Now, submitted: SubmittedForm, caller: Caller
) -> Response:
    """The form with a discount code that was entered or removed, and with the new total."""
    changed, entry = discounts.change_discount_code(visitor, submitted, caller, now=now)
    values = without_card_numbers(submitted)
    draft = Draft(values, status=entry.status, discount_entry=entry)
    return entry.finish(_render(request, changed, now, draft), swap="none")


def _save_address(visitor: Visitor, order: Order, now: datetime) -> None:
    """Save the order's address, once. The order is placed, also if this fails."""
    saved = SavedAddress(order.order_id, order.address)
    with suppress(ValidationFailed, Unavailable), optional_write():
        save_address(visitor.email, saved, now=now, signed_in_at=visitor.signed_in_at)


def _keep_draft(visitor: Visitor, submitted: Submitted, errors: Mapping[str, str]) -> None:
    """Keep what is valid for the next time that the page is opened. It may fail: nothing is lost.

    The form is shown again with its values in any case.
    """
    draft = visitor.cart.draft.with_values(valid_values(submitted, errors))
    with optional_write():
        save_draft(visitor.owner, visitor.cart, draft)


@contextmanager
def optional_write() -> Iterator[None]:
    """A write without which the page still says the truth: a busy table is no error."""
    try:
        yield
    except PynamoDBException as error:
        if not is_unavailable(error):
            raise


def _render_refusal(
    request: Request, visitor: Visitor, now: datetime, draft: Draft, refused: ShopError
) -> Response:
    """The form with the reason. An empty cart has no form: then a page with the reason."""
    status = status_code(refused)
    placed = refused.order if isinstance(refused, AlreadyPlaced) else None
    if visitor.cart.lines:
        draft = replace(draft, refusal=refused.message, status=status, placed=placed)
        if isinstance(refused, DiscountRefused):
            draft = replace(draft, refused_code=refused)
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
    """The form with the fields of the selected country, or a saved address. Nothing is stored.

    A form that was refused before is checked again by the rules of that country.
    """
    values = with_kept_fields(without_card_numbers(submitted))
    if address_id := submitted.get("saved_address"):
        saved = find_address(_saved_addresses(visitor, now), address_id)
        values = with_address(values, saved.address)
    errors = errors_of(read_checkout, values) if submitted.get("checked") else {}
    return _render(request, visitor, now, Draft(values, errors))


def _order_request(request: Request, checkout: Checkout, visitor: Visitor) -> OrderRequest:
    form = checkout.form
    return OrderRequest(
        order_id=signed_links.verify_checkout_form(
            form.form, visitor.visitor_id, accepted_signing_secrets()
        ),
        owner=visitor.owner,
        email=form.email,
        email_verified=form.email == visitor.email,
        address=checkout.address,
        billing_address=checkout.billing,
        delivery_note=form.delivery_note,
        payment_method=form.payment_method,
        shown_total=form.total,
        visitor=visitor.owner,
        cart_version=form.cart_version,
        discount_code=form.discount_code,
        language=language_for(request).code,
    )


def _render(request: Request, visitor: Visitor, now: datetime, draft: Draft) -> Response:
    """Every rendering has a new order id: a refused form must not lead to an existing order."""
    draft = replace(draft, values=with_selected_regions(draft.values))
    cart = discounts.price_visitor_cart(visitor, now, language_for(request).code)
    if draft.refused_code:  # perhaps for a reason that only the order's transaction knows
        cart = cart.with_refusal(draft.refused_code)
    declined = visitor.cart.draft.declined
    return render_page(
        request,
        "orders/checkout.html",
        blocks=COUNTRY_BLOCKS,
        status=draft.status,
        cart=cart.delivered_to(draft.country),
        draft=draft,
        discount_entry=draft.discount_entry,
        declined=declined,
        decline_text=close_reason_text(declined.reason) if declined else "",
        signed_form=signed_links.sign_checkout_form(
            str(ULID()), visitor.visitor_id, signing_secret()
        ),
        is_fragment=wants_fragment(request),
        saved_addresses=() if wants_fragment(request) else _saved_addresses(visitor, now),
        max_saved_addresses=MAX_ADDRESSES,
        common_countries=COMMON_COUNTRIES,
        payment_methods=PAYMENT_METHODS,
        max_note_length=MAX_NOTE_LENGTH,
    )
