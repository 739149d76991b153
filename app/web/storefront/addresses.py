"""The saved addresses of a customer: add, edit and delete them, and choose the default."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse
from ulid import ULID

from app.errors import ValidationFailed
from app.i18n.messages import lazy_gettext
from app.orders import address_book
from app.orders.address_book import SavedAddress, find_address, saved_addresses
from app.orders.address_fields import COMMON_COUNTRIES, DEFAULT_COUNTRY
from app.orders.addresses import read_address
from app.orders.drafts import address_values
from app.web.http.forms import SubmittedForm, without_card_numbers
from app.web.http.request_time import Now
from app.web.http.templating import render_page, wants_fragment
from app.web.security.sessions import Customer
from app.web.storefront.checkout_form import (
    Draft,
    errors_of,
    with_kept_fields,
    with_selected_regions,
)

router = APIRouter(include_in_schema=False, prefix="/account/addresses")

ADDRESSES_PATH = "/account#addresses"
AddressId = Annotated[str, Path(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$")]


@router.get("/new")
def show_new_address(request: Request, _: Customer) -> Response:
    """The empty form, with the id that the address will have: saving it twice adds one address."""
    return _render(request, str(ULID()), Draft({"country": DEFAULT_COUNTRY}))


@router.get("/{address_id}")
def show_address(request: Request, customer: Customer, now: Now, address_id: AddressId) -> Response:
    saved = find_address(saved_addresses(customer.email, now=now), address_id)
    return _render(request, address_id, Draft(address_values(saved.address)))


@router.post("/{address_id}")
def save_address(
    request: Request,
    customer: Customer,
    now: Now,
    address_id: AddressId,
    submitted: SubmittedForm,
) -> Response:
    """Save a new or changed address; an invalid one is shown again with its errors."""
    try:
        saved = SavedAddress(address_id, read_address(submitted))
        address_book.save_address(
            customer.email, saved, now=now, signed_in_at=customer.signed_in_at
        )
    except ValidationFailed as failed:
        refusal = "" if failed.errors else failed.message
        draft = Draft(without_card_numbers(submitted), failed.errors, refusal, status=422)
        return _render(request, address_id, draft)
    return RedirectResponse(ADDRESSES_PATH, 303)


@router.post("/{address_id}/fields")
def show_fields(
    request: Request, _: Customer, address_id: AddressId, submitted: SubmittedForm
) -> Response:
    """The form with the fields of the selected country. Nothing is stored."""
    values = with_kept_fields(without_card_numbers(submitted))
    errors = errors_of(read_address, values) if submitted.get("checked") else {}
    return _render(request, address_id, Draft(values, errors))


@router.post("/{address_id}/delete")
def delete_address(customer: Customer, now: Now, address_id: AddressId) -> Response:
    address_book.delete_address(customer.email, address_id, now=now)
    return RedirectResponse(ADDRESSES_PATH, 303)


@router.post("/{address_id}/default")
def make_default(customer: Customer, now: Now, address_id: AddressId) -> Response:
    address_book.make_default(customer.email, address_id, now=now)
    return RedirectResponse(ADDRESSES_PATH, 303)


def _render(request: Request, address_id: str, draft: Draft) -> Response:
    path = f"{router.prefix}/{address_id}"
    return render_page(
        request,
        "account/address.html",
        blocks=["errors", "address"],
        status=draft.status,
        draft=Draft(with_selected_regions(draft.values), draft.errors, draft.refusal),
        title=lazy_gettext("Your address"),
        path=path,
        is_fragment=wants_fragment(request),
        common_countries=COMMON_COUNTRIES,
    )
