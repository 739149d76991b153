"""Returns in the admin: approve or refuse a request, and record what came back."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from app.errors import Conflict, NotFound, ValidationFailed
from app.form_fields import Submitted, read_fields, read_number
from app.money import read_money
from app.observability.logs import log_error
from app.orders.queries import load_order_details
from app.orders.return_rows import Return
from app.payments.gateway import GatewayUnavailable, PaymentDisputed
from app.returns.refunds import Receipt, receive_return, refund_return
from app.returns.requests import approve_return, refuse_return
from app.returns.transitions import NO_SUCH_RETURN
from app.web.admin.orders import record_and_redirect, render_order
from app.web.http.forms import (
    Form,
    LongLine,
    SubmittedForm,
    WholeNumber,
    read_form,
    without_card_numbers,
)
from app.web.http.request_time import Now
from app.web.security.sessions import Merchant, ShopOwner

router = APIRouter(include_in_schema=False)


class NumberForm(Form):
    number: Annotated[WholeNumber, Field(ge=1, le=999)]

    labels: ClassVar[Mapping[str, str]] = {"number": "the number of the return"}


class DecisionForm(NumberForm):
    decision: Literal["approved", "refused"]

    labels: ClassVar[Mapping[str, str]] = {"decision": "whether to approve the return"}


class RefusalForm(DecisionForm):
    message: LongLine

    labels: ClassVar[Mapping[str, str]] = {"message": "a reason for the customer"}


@router.post("/admin/orders/{order_id}/return-decision")
def decide_return(
    request: Request, visitor: Merchant, now: Now, order_id: str, submitted: SubmittedForm
) -> Response:
    """Approve or refuse the return. The first decision counts; a later one is answered with 409."""
    details = load_order_details(order_id)
    try:
        form = read_form(DecisionForm, submitted)
        if form.decision == "approved":
            approve_return(order_id, form.number, by=visitor.email, now=now)
        else:
            message = read_form(RefusalForm, submitted).message
            refuse_return(order_id, form.number, message, by=visitor.email, now=now)
    except (ValidationFailed, Conflict) as error:
        return _render_error(request, order_id, submitted, error)
    action = f"{form.decision.capitalize()} a return of"
    return record_and_redirect(action, details.order, visitor, now)


@router.post("/admin/orders/{order_id}/return-receipt")
def receive(
    request: Request, visitor: ShopOwner, now: Now, order_id: str, submitted: SubmittedForm
) -> Response:
    """Record what came back, and refund it at once if the payment provider answers.

    If not, the reconciler refunds it.
    """
    details = load_order_details(order_id)
    try:
        number = read_form(NumberForm, submitted).number
        if (row := details.return_numbered(number)) is None:
            raise NotFound(NO_SUCH_RETURN)
        receipt = _read_receipt(row, submitted)
        receive_return(order_id, number, receipt, by=visitor.email, now=now)
    except (ValidationFailed, Conflict) as error:
        return _render_error(request, order_id, submitted, error)
    _refund(order_id, number, now)
    return record_and_redirect("Received a return of", details.order, visitor, now)


def _refund(order_id: str, number: int, now: datetime) -> None:
    try:
        refund_return(order_id, number, now=now)
    except (GatewayUnavailable, PaymentDisputed) as error:
        log_error("refund left to the reconciler", order_id=order_id, error=type(error).__name__)


def _read_receipt(row: Return, submitted: Submitted) -> Receipt:
    """Two fields for each line of the return by its position, and the amount in euros."""
    readers: dict[str, Any] = {"amount": read_money}
    labels = {"amount": "an amount like 24.50"}
    for n, line in enumerate(row.lines, 1):
        for name, label in (("received", "the units that came back"), ("restocked", "the units")):
            readers[f"{name}-{n}"] = partial(read_number, maximum=line.quantity)
            labels[f"{name}-{n}"] = label
    values = read_fields(readers, submitted, labels)
    received, restocked = (
        {line.sku: values[f"{name}-{n}"] for n, line in enumerate(row.lines, 1)}
        for name in ("received", "restocked")
    )
    return Receipt(received, restocked, values["amount"])


def _render_error(
    request: Request, order_id: str, submitted: Submitted, error: ValidationFailed | Conflict
) -> Response:
    details = load_order_details(order_id)
    if isinstance(error, Conflict):
        return render_order(request, details, status=409, conflict=error.message)
    values = without_card_numbers(submitted)
    return render_order(request, details, status=422, errors=error.errors, values=values)
