"""Bulk rejection: the orders that wait for a review, several of which can be rejected at once.

A page of open orders is the same for reviews and for packing: those whose deadline is next first,
a cursor for the next page, and no number that could be taken for a total.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pynamodb.expressions.condition import Condition

from app.errors import Conflict, NotFound, ValidationFailed
from app.orders.models import Order, OrderStatus
from app.orders.review import decide_review
from app.persistence.audit_log import record_completed_change
from app.web.http.flash import flash
from app.web.http.forms import Form, LongLine, SubmittedForm, read_form, without_card_numbers
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.sessions import SHOP_OWNER, Merchant

router = APIRouter(include_in_schema=False, dependencies=[SHOP_OWNER])
PATH = "/admin/reviews"
MAX_SELECTED = 50  # some seconds; the function has 20
ORDER_ID = re.compile(r"[0-9A-Z]{26}")
FIELD_PREFIX = "order-"  # "order-<id>" is a checkbox
REVIEWING = Order.status == OrderStatus.REVIEWING

type Cursor = Annotated[str, Query(max_length=400)]


class BulkRejectionForm(Form):
    """``comment`` is the same for all customers."""

    comment: LongLine

    labels: ClassVar[Mapping[str, str]] = {"comment": "a reason for the customers"}


@router.get(PATH)
def list_reviews(request: Request, _: Merchant, cursor: Cursor = "") -> Response:
    return _render(request, cursor)


@router.post(f"{PATH}/reject")
def reject(request: Request, visitor: Merchant, now: Now, submitted: SubmittedForm) -> Response:
    """Reject the selected orders one by one; an order that was decided before is left as it is.

    A repeat after a crash rejects the rest.
    """
    cursor = submitted.get("cursor", "")
    try:
        selected = selected_orders(submitted)
        comment = read_form(BulkRejectionForm, submitted).comment
    except ValidationFailed as failed:
        errors = failed.errors or {"orders": failed.message}
        values = without_card_numbers(submitted)
        return _render(request, cursor, status=422, errors=errors, values=values)
    decided = []
    for order_id in selected:
        try:
            order = decide_review(order_id, "rejected", visitor.email, comment, now=now)
        except (Conflict, NotFound):
            decided.append(order_id)
            continue
        path = f"/admin/orders/{order_id}"
        summary = f"Rejected order {order.number}"
        record_completed_change(summary, path=path, by=visitor.email, now=now)
    if decided:
        return _render(request, cursor, status=409, decided=decided, count=len(selected))
    flash(request, "reviews_rejected")
    return RedirectResponse(PATH, 303)


def selected_orders(submitted: Mapping[str, str]) -> list[str]:
    """The ids of the selected orders. Raises ``ValidationFailed`` for none, and for too many.

    ``listed`` are the ids that the page showed: "all" must not include an order that came later.
    """
    selected = [
        name.removeprefix(FIELD_PREFIX) for name in submitted if name.startswith(FIELD_PREFIX)
    ]
    if submitted.get("all"):
        selected = submitted.get("listed", "").split()
    selected = [it for it in dict.fromkeys(selected) if ORDER_ID.fullmatch(it)]
    if not selected:
        raise ValidationFailed("Select at least one order.")
    if len(selected) > MAX_SELECTED:
        raise ValidationFailed(f"Select at most {MAX_SELECTED} orders.")
    return selected


def open_orders_page(matching: Condition, cursor: str) -> dict[str, Any]:
    """What a template needs of a page of open orders; a cursor that is not ours is an error."""
    from app.orders.open_pages import list_open_orders  # noqa: PLC0415 (late: few requests need it)

    try:
        page = list_open_orders(matching, cursor)
    except ValueError:
        message = "This page of the list does not exist. Start from the first page."
        return {"orders": (), "cursor": "", "next_cursor": "", "errors": {"cursor": message}}
    return {"orders": page.orders, "cursor": cursor, "next_cursor": page.cursor}


def _render(request: Request, cursor: str, *, status: int = 200, **values: Any) -> Response:
    page = open_orders_page(REVIEWING, cursor)
    defaults: dict[str, Any] = {"errors": {}, "values": {}, "decided": (), "count": 0}
    return render_page(
        request,
        "admin/reviews.html",
        status=422 if "errors" in page else status,
        **(defaults | values | page),
    )
