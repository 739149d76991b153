"""Bulk rejection: the orders that wait for a review, several of which can be rejected at once."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.errors import Conflict, NotFound, ValidationFailed
from app.orders.models import Order, OrderStatus
from app.orders.order_list import open_orders_at_once
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


class BulkRejectionForm(Form):
    """``comment`` is the same for all customers."""

    comment: LongLine

    labels: ClassVar[Mapping[str, str]] = {"comment": "a reason for the customers"}


@router.get(PATH)
def list_reviews(request: Request, _: Merchant) -> Response:
    return _render(request)


@router.post(f"{PATH}/reject")
def reject(request: Request, visitor: Merchant, now: Now, submitted: SubmittedForm) -> Response:
    """Reject the selected orders one by one; an order that was decided before is left as it is.

    A repeat after a crash rejects the rest.
    """
    try:
        selected = selected_orders(submitted)
        comment = read_form(BulkRejectionForm, submitted).comment
    except ValidationFailed as failed:
        errors = failed.errors or {"orders": failed.message}
        values = without_card_numbers(submitted)
        return _render(request, status=422, errors=errors, values=values)
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
        return _render(request, status=409, decided=decided, count=len(selected))
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


def _waiting() -> tuple[list[Order], bool]:
    """The oldest orders that wait for a review, and whether there may be more."""
    opened, is_cut = open_orders_at_once()
    waiting = [order for order in opened if order.status == OrderStatus.REVIEWING]
    oldest = sorted(waiting, key=lambda order: order.placed_at)[:MAX_SELECTED]
    return oldest, is_cut or len(waiting) > MAX_SELECTED


def _render(request: Request, *, status: int = 200, **values: Any) -> Response:
    defaults: dict[str, Any] = {"errors": {}, "values": {}, "decided": (), "count": 0}
    orders, has_more = _waiting()
    return render_page(
        request,
        "admin/reviews.html",
        status=status,
        orders=orders,
        has_more=has_more,
        **(defaults | values),
    )
