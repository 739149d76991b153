"""Discount codes in the admin: the list, and the forms to create, change and end one."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from app.discounts.entry import read_code
from app.discounts.models import Discount
from app.discounts.terms import (
    MAX_PERCENT,
    MIN_PERCENT,
    Terms,
    admin_path,
    change_terms,
    create_discount,
    end_discount,
    find_own_discount,
    list_discounts,
)
from app.errors import Conflict, NotFound, ShopError, ValidationFailed
from app.form_fields import InvalidValue, Reader, Submitted, optional, read_fields, read_number
from app.i18n.currency import format_plain
from app.money import read_money
from app.shop_time import shop_time, shop_zone
from app.web.admin.product_forms import VersionForm
from app.web.http.errors import status_code
from app.web.http.forms import SubmittedForm, read_form, without_card_numbers
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.sessions import SHOP_OWNER, Merchant

router = APIRouter(include_in_schema=False, dependencies=[SHOP_OWNER])
MAX_REDEMPTIONS = 1_000_000
MAX_PER_CUSTOMER = 100
YEARS = range(2000, 2101)
TIME_FORMAT = "%Y-%m-%dT%H:%M"  # of a field of type datetime-local
LIKE_TIME = "Enter %(field)s as a day and a time, like 2027-01-31T18:00."
DEFAULTS: Submitted = {"max_per_customer": "1"}
LABELS = {
    "percent": "a percentage",
    "amount": "an amount",
    "minimum": "a minimum order",
    "starts_at": "a start",
    "ends_at": "an end",
    "max_redemptions": "a limit",
    "max_per_customer": "a limit for each customer",
}


def _read_time(text: str) -> datetime:
    """A time in the shop's time zone."""
    try:
        local = datetime.fromisoformat(f"{text[:16]}:00").replace(tzinfo=shop_zone())
    except ValueError:
        raise InvalidValue(LIKE_TIME) from None
    if local.year not in YEARS or len(text) < len("2027-01-31T18:00"):
        raise InvalidValue(LIKE_TIME)
    return local.astimezone(UTC)


def _read_minimum(text: str) -> int:
    return optional(read_money)(text) or 0


READERS: dict[str, Reader] = {
    "percent": optional(partial(read_number, minimum=MIN_PERCENT, maximum=MAX_PERCENT)),
    "amount": optional(partial(read_money, minimum=1)),
    "minimum": _read_minimum,
    "starts_at": optional(_read_time),
    "ends_at": optional(_read_time),
    "max_redemptions": optional(partial(read_number, minimum=1, maximum=MAX_REDEMPTIONS)),
    "max_per_customer": partial(read_number, minimum=1, maximum=MAX_PER_CUSTOMER),
}


def _read_terms(submitted: Submitted) -> Terms:
    return Terms(**read_fields(READERS, submitted, LABELS))


def _read_new(submitted: Submitted) -> tuple[str, Terms]:
    values = read_fields({"code": read_code, **READERS}, submitted, LABELS)
    return values.pop("code"), Terms(**values)


def _requested(_: Merchant, code: str) -> Discount:
    try:
        return find_own_discount(read_code(code))
    except ValueError:
        raise NotFound("There is no such discount code.") from None


RequestedDiscount = Annotated[Discount, Depends(_requested)]


@router.get("/admin/discounts")
def discount_list(request: Request, _: Merchant, now: Now) -> Response:
    return render_page(request, "admin/discounts.html", discounts=list_discounts(), now=now)


@router.get("/admin/discounts/new")
def new_discount_form(request: Request, _: Merchant) -> Response:
    return _render(request, None, DEFAULTS)


@router.post("/admin/discounts")
def create(request: Request, visitor: Merchant, now: Now, submitted: SubmittedForm) -> Response:
    try:
        code, terms = _read_new(submitted)
        create_discount(code, terms, now=now, by=visitor.email)
    except ValidationFailed as failed:
        return _render(request, None, without_card_numbers(submitted), refused=failed)
    return RedirectResponse("/admin/discounts", 303)


@router.get("/admin/discounts/{code}")
def edit_form(request: Request, discount: RequestedDiscount) -> Response:
    return _render(request, discount, _form_values(discount))


@router.post("/admin/discounts/{code}")
def edit(
    request: Request,
    visitor: Merchant,
    now: Now,
    discount: RequestedDiscount,
    submitted: SubmittedForm,
) -> Response:
    try:
        terms, version = _read_terms(submitted), read_form(VersionForm, submitted).version
        change_terms(discount, terms, expected_version=version, now=now, by=visitor.email)
    except (ValidationFailed, Conflict) as refused:
        return _render(request, discount, without_card_numbers(submitted), refused=refused)
    return RedirectResponse("/admin/discounts", 303)


@router.post("/admin/discounts/{code}/end")
def end(visitor: Merchant, now: Now, discount: RequestedDiscount) -> Response:
    """End the code for good. A repeat changes nothing."""
    end_discount(discount, now=now, by=visitor.email)
    return RedirectResponse(admin_path(discount.code), 303)


def _form_values(discount: Discount) -> Submitted:
    values: dict[str, Any] = {
        "percent": discount.percent,
        "amount": format_plain(discount.amount) if discount.amount else "",
        "minimum": format_plain(discount.minimum) if discount.minimum else "",
        "starts_at": _local(discount.starts_at),
        "ends_at": _local(discount.ends_at),
        "max_redemptions": discount.max_redemptions,
        "max_per_customer": discount.max_per_customer,
    }
    return {name: "" if value is None else str(value) for name, value in values.items()}


def _local(moment: datetime | None) -> str:
    return f"{shop_time(moment):{TIME_FORMAT}}" if moment else ""


def _render(
    request: Request,
    discount: Discount | None,
    values: Submitted,
    *,
    refused: ShopError | None = None,
) -> Response:
    errors = refused.errors if isinstance(refused, ValidationFailed) else {}
    if refused and not errors:
        errors = {"percent": refused.message}
    return render_page(
        request,
        "admin/discount.html",
        status=status_code(refused) if refused else 200,
        discount=discount,
        values=values,
        errors=errors,
    )
