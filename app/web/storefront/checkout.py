"""The checkout: one page from the e-mail address to the pay button, and placing the order."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import AfterValidator
from ulid import ULID

from app.aws.secrets import secret
from app.cart.pricing import price_cart
from app.cart.visitor import Visit
from app.errors import Busy, Conflict, Unacceptable
from app.form_fields import Typed
from app.i18n.messages import said
from app.orders import signed_links
from app.orders.addresses import OFTEN, USUAL, address_errors, address_of, fields_of
from app.orders.checkout import OrderRequest, place_order
from app.payments.gateway import METHODS
from app.web.http.errors import status_of, told_when
from app.web.http.forms import (
    Email,
    Form,
    Line,
    OptionalLine,
    TypedForm,
    WholeNumber,
    WrongInput,
    read_form,
)
from app.web.http.locale import language_for
from app.web.http.request_time import Now
from app.web.http.templating import page
from app.web.security.authorization import FOR_ANYONE
from app.web.security.sessions import KnownVisit

router = APIRouter(include_in_schema=False, dependencies=[FOR_ANYONE])
LABELS = {
    "email": said("E-mail"),
    "name": said("Name"),
    "country": said("Country"),
    "payment_method": said("Payment"),
}


def _known_method(value: str) -> str:
    if value not in METHODS:
        raise ValueError(said("Please choose how to pay."))
    return value


class CheckoutForm(Form):
    """``form`` is the signed order id; version and total are those the page showed."""

    form: str = ""
    cart_version: WholeNumber
    total: WholeNumber
    email: Email
    country: Line
    name: Line
    street: Line
    postal_code: OptionalLine = ""
    city: OptionalLine = ""
    region: OptionalLine = ""
    payment_method: Annotated[str, AfterValidator(_known_method)]


@dataclass(frozen=True)
class Draft:
    """A form to be drawn again: what was typed, what is wrong with it, and why we ask anew."""

    typed: Typed
    errors: dict[str, str] = field(default_factory=dict)
    explanation: str = ""
    status: int = 200


@router.get("/checkout")
def checkout(request: Request, visit: KnownVisit, now: Now) -> Response:
    if not price_cart(visit.cart, now).can_be_ordered:
        return RedirectResponse("/cart", 303)
    return _draw(request, visit, now, Draft({"country": USUAL, "email": visit.email}))


@router.post("/checkout")
def place(request: Request, visit: KnownVisit, now: Now, typed: TypedForm) -> Response:
    """Place the order, once however often it is pressed; else the form again, with the reason."""
    try:
        wanted = _read(request, typed, visit)
        cart = price_cart(visit.cart, now, wanted.language)
        order = place_order(wanted, cart, now=now)
    except WrongInput as wrong:
        draft = Draft(wrong.typed, _in_order(wrong.errors), status=422)
        return _draw(request, visit, now, draft)
    except (Unacceptable, Conflict, Busy) as refused:
        if not visit.cart.lines:
            raise  # there is nothing to draw a form for
        draft = Draft(typed, explanation=refused.message, status=status_of(refused))
        return told_when(refused, _draw(request, visit, now, draft))
    return RedirectResponse(f"/orders/{order.order_id}", 303)


@router.post("/checkout/address")
def address(request: Request, visit: KnownVisit, now: Now, typed: TypedForm) -> Response:
    """Another country was chosen: its fields, with what was typed. Nothing is kept."""
    return _draw(request, visit, now, Draft(typed))


def _read(request: Request, typed: Typed, visit: Visit) -> OrderRequest:
    """Every field's error at once, those of the address among them."""
    errors = address_errors(typed)
    try:
        form = read_form(CheckoutForm, typed)
    except WrongInput as wrong:
        raise WrongInput({**errors, **wrong.errors}, wrong.typed) from None
    if errors:
        raise WrongInput(errors, typed)
    return OrderRequest(
        order_id=signed_links.read_form(form.form, visit.visitor, secret()),
        owner=visit.visitor,
        email=form.email,
        address=address_of(typed),
        payment_method=form.payment_method,
        shown_total=form.total,
        visitor=visit.cart_owner,
        cart_version=form.cart_version,
        language=language_for(request).code,
    )


def _in_order(errors: dict[str, str]) -> dict[str, str]:
    """As the fields stand on the page, so that the summary can be worked through."""
    places = {name: place for place, name in enumerate(CheckoutForm.model_fields)}
    return dict(sorted(errors.items(), key=lambda pair: places.get(pair[0], len(places))))


def _draw(request: Request, visit: Visit, now: datetime, draft: Draft) -> Response:
    """Each drawing chooses a new order id: a form that was refused must not stand for an order."""
    country = draft.typed.get("country", USUAL)
    return page(
        request,
        "orders/checkout.html",
        parts=["address"],
        status=draft.status,
        cart=price_cart(visit.cart, now, language_for(request).code),
        draft=draft,
        signed=signed_links.sign_form(str(ULID()), visit.visitor, secret()),
        often=OFTEN,
        country=country,
        fields=fields_of(country),
        labels=LABELS | {one.name: one.label for one in fields_of(country)},
        methods=METHODS,
    )
