"""The checkout form: reading its contact, addresses and payment, and what a page of it shows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from app.discounts.entry import MAX_CODE_LENGTH
from app.discounts.refusals import DiscountRefused
from app.errors import ValidationFailed
from app.form_fields import Submitted
from app.i18n.messages import lazy_gettext
from app.orders.address_fields import (
    BILLING,
    DEFAULT_COUNTRY,
    DELIVERY,
    FIELDS,
    AddressField,
    address_fields,
    countries,
)
from app.orders.addresses import read_address
from app.orders.drafts import BILLING_DIFFERS, BILLING_PREFIX, address_values
from app.orders.models import Address, Order
from app.payments.gateway import PAYMENT_METHODS
from app.shipping.address_format import line_format
from app.shipping.regions import find_region
from app.web.http.forms import DeliveryNote, Email, Form, WholeNumber, read_form
from app.web.storefront.discounts import DiscountEntry

PREFIXES = {DELIVERY: "", BILLING: BILLING_PREFIX}  # of the fields' names


def _known_method(value: str) -> str:
    if value not in PAYMENT_METHODS:
        raise ValueError(lazy_gettext("Select a payment method."))
    return value


class CheckoutForm(Form):
    """``form`` is the signed order id; the page showed ``cart_version``, ``total`` and the code."""

    form: str = ""
    discount_code: Annotated[str, Field(max_length=MAX_CODE_LENGTH)] = ""
    cart_version: WholeNumber
    total: WholeNumber
    email: Email
    delivery_note: DeliveryNote = ""
    payment_method: Annotated[str, AfterValidator(_known_method), Field(validate_default=True)] = ""

    labels: ClassVar[Mapping[str, str]] = {
        "email": lazy_gettext("your email address"),
        "delivery_note": lazy_gettext("your delivery note"),
    }


@dataclass(frozen=True)
class Checkout:
    """A checkout form that was read. ``billing`` is None if the delivery address is billed."""

    form: CheckoutForm
    address: Address
    billing: Address | None


@dataclass(frozen=True)
class AddressForm:
    """The address fields of one section of the form, for the country that it has now.

    ``kept`` are texts in fields that this country does not have: they come back with the country.
    """

    section: str
    country: str
    fields: tuple[AddressField, ...]
    kept: dict[str, str]

    @property
    def prefix(self) -> str:
        return PREFIXES[self.section]

    @property
    def line_format(self) -> str:
        return line_format(self.country, latin=True)


@dataclass(frozen=True)
class Draft:
    """The form to render: its values, the errors by field, and the reason if placing failed.

    ``placed`` is the order that was placed with this form before it was changed; ``refused_code``
    says why an order was not placed with its discount code.
    """

    values: Submitted
    errors: dict[str, str] = field(default_factory=dict)
    refusal: str = ""
    status: int = 200
    placed: Order | None = None
    refused_code: DiscountRefused | None = None
    discount_entry: DiscountEntry = field(default_factory=DiscountEntry)

    @property
    def country(self) -> str:
        return self.values.get("country", DEFAULT_COUNTRY)

    @cached_property
    def delivery(self) -> AddressForm:
        return _address_form(self.values, DELIVERY, self.country)

    @cached_property
    def billing(self) -> AddressForm | None:
        if not self.values.get(BILLING_DIFFERS):
            return None
        return _address_form(
            self.values, BILLING, self.values.get("billing_country") or self.country
        )


def errors_of(read: Callable[[Submitted], object], values: Submitted) -> dict[str, str]:
    """The errors by field that this reader finds in the values; none if they are valid."""
    try:
        read(values)
    except ValidationFailed as failed:
        return dict(failed.errors)
    return {}


def read_checkout(submitted: Submitted) -> Checkout:
    """Read the form and its addresses.

    ``ValidationFailed`` reports the errors of all of them together, in the order of the page.
    """
    errors: dict[str, str] = {}
    address = _try_address(submitted, DELIVERY, errors)
    billing = _try_address(submitted, BILLING, errors) if submitted.get(BILLING_DIFFERS) else None
    try:
        form = read_form(CheckoutForm, submitted, other_errors=errors)
    except ValidationFailed as failed:
        raise ValidationFailed.for_fields(_in_page_order(failed.errors, submitted)) from failed
    assert address is not None, "an address without errors was read"
    return Checkout(form, address, billing)


def valid_values(submitted: Submitted, errors: Mapping[str, str]) -> dict[str, str]:
    """The fields that may be stored as a draft: those that were read without an error."""
    differs = submitted.get(BILLING_DIFFERS)
    names = ["email", "delivery_note", "payment_method"]
    for section in (DELIVERY, BILLING) if differs else (DELIVERY,):
        prefix = PREFIXES[section]
        country = submitted.get(f"{prefix}country", "")
        if country in countries():
            shown = (it.name for it in address_fields(country, section))
            names += [f"{prefix}{name}" for name in ("country", *shown)]
    texts = {name: submitted.get(name, "").strip() for name in names if name not in errors}
    checked = {BILLING_DIFFERS: "yes"} if differs else {}
    return checked | {name: text for name, text in texts.items() if text}


def with_selected_regions(values: Submitted) -> Submitted:
    """The values with the listed name of each region, which may be submitted by another one."""
    selected = {}
    for prefix in PREFIXES.values():
        name = f"{prefix}region"
        country = values.get(f"{prefix}country", DEFAULT_COUNTRY)
        listed = [it.country for it in address_fields(country) if it.choices]
        region = find_region(listed[0], values.get(name, "")) if listed else None
        if region:
            selected[name] = region.latin
    return values | selected


def with_kept_fields(values: Submitted) -> Submitted:
    """The values after the country was changed: what the earlier country had no field for is back.

    A region is dropped: "CA" is California in the one country and Cagliari in the other.
    """
    changed = dict(values)
    for prefix in PREFIXES.values():
        for name in FIELDS:
            kept = values.get(f"{prefix}kept_{name}", "")
            changed[prefix + name] = values.get(prefix + name) or kept
        shown = values.get(f"{prefix}fields_country")
        if shown and shown != values.get(f"{prefix}country"):
            changed[f"{prefix}region"] = ""
    return changed


def with_address(values: Submitted, address: Address) -> Submitted:
    """The values with this delivery address instead of the one in the form."""
    empty = dict.fromkeys((*FIELDS, "fields_country"), "")
    return values | empty | address_values(address)


def _address_form(values: Submitted, section: str, country: str) -> AddressForm:
    fields = address_fields(country, section)
    prefix, shown = PREFIXES[section], {it.name for it in fields}
    texts = {name: values.get(prefix + name, "") for name in FIELDS if name not in shown}
    kept = {name: text for name, text in texts.items() if text}
    return AddressForm(section, country, fields, kept)


def _try_address(submitted: Submitted, section: str, errors: dict[str, str]) -> Address | None:
    """The address of a section; its errors are added by the names of the page's fields."""
    prefix = PREFIXES[section]
    values = {name: submitted.get(prefix + name, "") for name in (*FIELDS, "country")}
    try:
        return read_address(values, section)
    except ValidationFailed as failed:
        for name, message in failed.errors.items():
            about = lazy_gettext("Billing address: %(error)s", error=message) if prefix else message
            errors[prefix + name] = about
        return None


def _in_page_order(errors: Mapping[str, str], submitted: Submitted) -> dict[str, str]:
    """Sort the errors like the fields on the page.

    A part of an address that its country does not use has no field: its error is the country's.
    """
    order = ["email"]
    for section, prefix in PREFIXES.items():
        country = submitted.get(f"{prefix}country", "")
        shown = [it.name for it in address_fields(country, section)]
        order += [f"{prefix}{name}" for name in ("country", *shown)]
        if section == DELIVERY:
            order.append("delivery_note")
    order.append("payment_method")
    by_field: dict[str, str] = {}
    for name, message in errors.items():
        is_hidden = name.removeprefix(BILLING_PREFIX) in FIELDS and name not in order
        prefix = BILLING_PREFIX if name.startswith(BILLING_PREFIX) else ""
        by_field.setdefault(f"{prefix}country" if is_hidden else name, message)
    return dict(sorted(by_field.items(), key=lambda item: (*order, item[0]).index(item[0])))
