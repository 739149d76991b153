"""Orders in the admin: the board, search, one order's details, its review, notes and cancelling."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import AfterValidator, BeforeValidator
from ulid import ULID

from app.cart.visitor import Visitor
from app.errors import Conflict, ValidationFailed
from app.form_fields import read_text
from app.orders.board import find_orders, load_board
from app.orders.cancellation import UNPAID, can_cancel, cancel_order
from app.orders.close_reasons import CloseReason
from app.orders.models import EventRow, Order, OrderStatus, TimelineEntry
from app.orders.notes import add_note
from app.orders.queries import PAGE_SIZE, OrderDetails, load_order_details
from app.orders.reconciliation import request_restart
from app.orders.return_rows import ReturnStatus
from app.orders.review import Decision, decide_review
from app.persistence.audit_log import record_completed_change
from app.persistence.idempotency import recipient_hash
from app.returns.amounts import max_refund
from app.shop_time import shop_day
from app.text_policy import clean_search_text
from app.web.admin.order_issues import describe_issue
from app.web.http.forms import (
    Form,
    IdempotencyId,
    LongLine,
    SubmittedForm,
    read_form,
    without_card_numbers,
)
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.sessions import Merchant, ShopOwner

router = APIRouter(include_in_schema=False)
MAX_NOTE_LENGTH = 1_000
EMAIL_PROBLEMS = {
    "bounced": "An email came back: this address does not exist, or no longer accepts emails.",
    "refused": "SES does not send to this address.",
    "complained": "The customer reported an email as spam, so this address gets no more emails.",
}

type Actions = Literal["review", "cancel", "cancel_and_refund", "none"]
Day = Annotated[date | None, Query(ge=date(2000, 1, 1), le=date(2999, 12, 31))]
SearchText = Annotated[str, BeforeValidator(clean_search_text), Query(max_length=254)]
Shown = Annotated[str, Query(max_length=40)]


# --- board and search -----------------------------------------------------------------------


@router.get("/admin")
def order_board(
    request: Request, _: Merchant, now: Now, day: Day = None, find: SearchText = ""
) -> Response:
    """The board, which htmx polls; with ``find``, the search by number or email address."""
    if find:
        return _search(request, find, now)
    today = shop_day(now)
    shown_day = day or today
    return render_page(
        request,
        "admin/order_board.html",
        blocks=["board", "summary"],
        board=load_board(shown_day),
        describe_issue=describe_issue,
        today=today,
        previous_day=shown_day - timedelta(days=1),
        next_day=shown_day + timedelta(days=1),
    )


def _search(request: Request, text: str, now: datetime) -> Response:
    """A single match redirects to the order itself."""
    orders = find_orders(text, now)
    if len(orders) == 1:
        return RedirectResponse(_order_path(orders[0]), 303)
    return render_page(
        request,
        "admin/order_search.html",
        search_text=text,
        orders=orders,
        is_cut=len(orders) == PAGE_SIZE,
    )


# --- one order ------------------------------------------------------------------------------


class DecisionForm(Form):
    decision: Decision

    labels: ClassVar[Mapping[str, str]] = {"decision": "whether to approve the order"}


class RejectionForm(DecisionForm):
    comment: LongLine

    labels: ClassVar[Mapping[str, str]] = {"comment": "a reason for the customer"}


def _note_text(text: str) -> str:
    return read_text(text, max_length=MAX_NOTE_LENGTH)


class NoteForm(Form):
    note: Annotated[str, AfterValidator(_note_text)]
    note_id: IdempotencyId

    labels: ClassVar[Mapping[str, str]] = {"note": "a note"}


@router.get("/admin/orders/{order_id}")
def order_page(
    request: Request, _: Merchant, order_id: str, shown: Shown = "", actions: Shown = ""
) -> Response:
    """The page polls itself; ``shown`` and ``actions`` are the revisions that it displays.

    Only what has changed is rendered again, so that a half-typed reason or an open confirmation
    stays as long as it is possible.
    """
    details = load_order_details(order_id)
    blocks = ["timeline"]
    if shown != _revision(details.order):
        blocks.append("summary")
    if actions != _possible_actions(details):
        blocks.append("actions")
    return render_order(request, details, blocks=blocks)


@router.post("/admin/orders/{order_id}/decision")
def decide(
    request: Request, visitor: ShopOwner, now: Now, order_id: str, submitted: SubmittedForm
) -> Response:
    """Approve or reject the order. The first decision counts; a later one is answered with 409."""
    details = load_order_details(order_id)
    try:
        decision = read_form(DecisionForm, submitted).decision
        is_rejected = decision == "rejected"
        comment = read_form(RejectionForm, submitted).comment if is_rejected else ""
        decide_review(order_id, decision, visitor.email, comment, now=now)
    except ValidationFailed as failed:
        values = without_card_numbers(submitted)
        return render_order(request, details, status=422, errors=failed.errors, values=values)
    except Conflict as conflict:
        details = load_order_details(order_id)
        return render_order(request, details, status=409, conflict=conflict.message)
    return record_and_redirect(decision.capitalize(), details.order, visitor, now)


@router.post("/admin/orders/{order_id}/cancel")
def cancel(request: Request, visitor: ShopOwner, now: Now, order_id: str) -> Response:
    details = load_order_details(order_id)
    try:
        cancel_order(order_id, now=now, reason=CloseReason.MERCHANT_REQUEST)
    except Conflict as conflict:
        return render_order(request, details, status=409, conflict=conflict.message)
    return record_and_redirect("Cancelled", details.order, visitor, now)


@router.post("/admin/orders/{order_id}/restart")
def restart(request: Request, visitor: Merchant, now: Now, order_id: str) -> Response:
    """Let the reconciler restart the order's workflow at its next pass, within a minute."""
    details = load_order_details(order_id)
    try:
        request_restart(order_id, now=now)
    except Conflict as conflict:
        return render_order(request, details, status=409, conflict=conflict.message)
    return record_and_redirect("Restarted the workflow of", details.order, visitor, now)


@router.post("/admin/orders/{order_id}/notes")
def write_note(
    request: Request, visitor: Merchant, now: Now, order_id: str, submitted: SubmittedForm
) -> Response:
    details = load_order_details(order_id)
    try:
        form = read_form(NoteForm, submitted)
        add_note(order_id, form.note_id, form.note, by=visitor.email, now=now)
    except Conflict as conflict:
        values, errors = {"note": form.note}, {"note": conflict.message}
        return render_order(request, details, status=409, errors=errors, values=values)
    except ValidationFailed as failed:
        values = without_card_numbers(submitted)
        return render_order(request, details, status=422, errors=failed.errors, values=values)
    return RedirectResponse(f"{_order_path(details.order)}#notes", 303)


def record_and_redirect(action: str, order: Order, visitor: Visitor, now: datetime) -> Response:
    summary, path = f"{action} order {order.number}", _order_path(order)
    record_completed_change(summary, path=path, by=visitor.email, now=now)
    return RedirectResponse(path, 303)


def _order_path(order: Order) -> str:
    return f"/admin/orders/{order.order_id}"


def render_order(
    request: Request,
    details: OrderDetails,
    *,
    status: int = 200,
    blocks: Sequence[str] = (),
    **values: Any,
) -> Response:
    order = details.order
    return render_page(
        request,
        "admin/order.html",
        blocks=blocks,
        status=status,
        details=details,
        order=order,
        revision=_revision(order),
        timeline=_timeline(details),
        issue=describe_issue(order.issue, can_cancel=can_cancel(order)) if order.issue else None,
        note_id=str(ULID()),
        actions=_possible_actions(details),
        max_refunds=_max_refunds(details),
        email_problem=_email_problem(details),
        **{"conflict": "", "errors": {}, "values": {}, **values},
    )


def _email_problem(details: OrderDetails) -> str:
    """Why the customer may not have read our emails; empty if none came back.

    Those to merchants, which the order has too, say nothing of the customer's address.
    """
    order = details.order
    to_customer = f"#{recipient_hash(order.order_id, order.email)}"
    rows = (row for row in details.email_deliveries if row.part.endswith(to_customer))
    results = {row.skipped for row in rows}
    return next((text for result, text in EMAIL_PROBLEMS.items() if result in results), "")


def _max_refunds(details: OrderDetails) -> dict[int, int]:
    """What can be refunded of each return that waits for its parcel, in cents, by its number."""
    return {
        it.number: max_refund(details.order, details.returns[: it.number - 1], it.units)
        for it in details.returns
        if it.status == ReturnStatus.APPROVED
    }


def _revision(order: Order) -> str:
    return f"{order.status}-{order.event_count}"


def _possible_actions(details: OrderDetails) -> Actions:
    """What a merchant can do with the order now."""
    order, review = details.order, details.review
    if order.status == OrderStatus.REVIEWING and review and not review.decision:
        return "review"
    if not can_cancel(order):
        return "none"
    return "cancel" if order.status in UNPAID else "cancel_and_refund"


def _timeline(details: OrderDetails) -> list[EventRow | TimelineEntry]:
    """Events and other timeline entries, oldest first."""
    return sorted(
        [*details.events, *details.timeline_entries],
        key=lambda row: row.at if isinstance(row, TimelineEntry) else row.occurred_at,
    )
