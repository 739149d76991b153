"""The form with which a customer asks to return items of a shipped order."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import AfterValidator, Field
from ulid import ULID

from app.errors import Conflict, ValidationFailed
from app.form_fields import InvalidValue, Submitted, read_number, try_fields
from app.i18n.messages import lazy_gettext
from app.orders.queries import OrderDetails
from app.orders.return_policy import ReturnReason
from app.returns.amounts import Units, returnable_units
from app.returns.requests import ReturnRequest, is_returnable, request_return
from app.web.http.forms import (
    MAX_NOTE_LENGTH,
    DeliveryNote,
    Form,
    IdempotencyId,
    SubmittedForm,
    read_form,
    without_card_numbers,
)
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.storefront.order_access import OwnedOrder
from app.web.storefront.return_texts import REASONS

router = APIRouter(include_in_schema=False)
QUANTITY_LABEL = lazy_gettext("how many you return")
NOTHING_CHOSEN = lazy_gettext("Select how many you return of at least one item.")
REASON_MISSING = lazy_gettext("Select why you are returning the items.")


def _known_reason(code: str) -> ReturnReason:
    if code not in REASONS:
        raise InvalidValue(REASON_MISSING)
    return ReturnReason(code)


class ReturnForm(Form):
    reason: Annotated[str, AfterValidator(_known_reason)] = Field("", validate_default=True)
    note: DeliveryNote = ""
    request_id: IdempotencyId

    labels: ClassVar[Mapping[str, str]] = {"note": lazy_gettext("your message")}


@router.get("/orders/{order_id}/return")
def show_return_form(request: Request, now: Now, details: OwnedOrder) -> Response:
    if not is_returnable(details, now=now):
        return RedirectResponse(f"/orders/{details.order.order_id}#returns", 303)
    return _render(request, details)


@router.post("/orders/{order_id}/return")
def submit_return(
    request: Request, now: Now, details: OwnedOrder, submitted: SubmittedForm
) -> Response:
    """Request the return. A repeat of the form shows the same return."""
    order_id = details.order.order_id
    try:
        request_return(order_id, _read(details, submitted), now=now)
    except ValidationFailed as failed:
        values = without_card_numbers(submitted)
        errors = dict(sorted(failed.errors.items(), key=_position))
        return _render(request, details, status=422, errors=errors, values=values)
    except Conflict as conflict:
        return _render(request, details, status=409, refused=conflict.message, values=submitted)
    return RedirectResponse(f"/orders/{order_id}#returns", 303)


def _read(details: OrderDetails, submitted: Submitted) -> ReturnRequest:
    """A field for each line of the order, by its position: "quantity-1" and so on."""
    names = {f"quantity-{n}": line for n, line in enumerate(details.order.lines, 1)}
    readers = {
        name: partial(read_number, maximum=line.quantity)
        for name, line in names.items()
        if submitted.get(name)
    }
    counts, errors = try_fields(readers, submitted, dict.fromkeys(names, QUANTITY_LABEL))
    if not errors and not any(counts.values()):
        errors = {"quantity-1": NOTHING_CHOSEN}
    form = read_form(ReturnForm, submitted, other_errors=errors)
    units: Units = {names[name].sku: count for name, count in counts.items()}
    return ReturnRequest(form.request_id, units, ReturnReason(form.reason), form.note)


def _position(error: tuple[str, str]) -> int:
    """Sorts the errors as their fields stand on the page: the lines come first."""
    return ("reason", "note").index(error[0]) if error[0] in ("reason", "note") else -1


def _render(
    request: Request, details: OrderDetails, *, status: int = 200, **values: Any
) -> Response:
    return render_page(
        request,
        "orders/return.html",
        status=status,
        order=details.order,
        returnable=returnable_units(details.order, details.returns),
        reasons=REASONS,
        request_id=str(ULID()),
        max_note_length=MAX_NOTE_LENGTH,
        **{"errors": {}, "values": {}, "refused": "", **values},
    )
