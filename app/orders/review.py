"""Manual approval of large orders: request a review, and apply a merchant's decision or timeout."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pynamodb.exceptions import DoesNotExist

from app.errors import Conflict
from app.orders.cancellation import cancel_unpaid
from app.orders.close_reasons import CloseReason
from app.orders.events import OrderReviewDecided, OrderReviewRequested
from app.orders.models import Order, OrderStatus, Review
from app.orders.transitions import (
    Transition,
    apply_transition,
    event_header,
    find_order,
    order_transaction,
    retry_on_conflict,
)
from app.persistence.audit_log import SYSTEM_ACTOR
from app.persistence.dynamodb import creation_actions
from app.settings import settings

Decision = Literal["approved", "rejected"]


@dataclass(frozen=True)
class ReviewDecision:
    """A decision, its author, and the comment that the customer reads on the order's page."""

    decision: Decision
    by: str
    comment: str = ""
    close_reason: CloseReason = CloseReason.REVIEW_REJECTED


def find_review(order_id: str) -> Review | None:
    try:
        return Review.get(order_id, "review", consistent_read=True)
    except DoesNotExist:
        return None


def is_approved(order: Order) -> bool:
    review = find_review(order.order_id) if order.status == OrderStatus.REVIEWING else None
    return review is not None and review.decision == "approved"


@retry_on_conflict
def request_review(order_id: str, task_token: str, *, now: datetime) -> Order:
    """Request a review and store the task token that resumes the workflow.

    A repeat replaces the token, because the older one belongs to an execution that has ended.
    """
    order = find_order(order_id)
    if order.status == OrderStatus.PLACED:
        _request(order, task_token, now)
        return find_order(order_id)
    if order.status == OrderStatus.REVIEWING:
        Review(order_id).update(actions=[Review.task_token.set(task_token)])
    return order


def _request(order: Order, task_token: str, now: datetime) -> None:
    time_limit = timedelta(seconds=settings().review_seconds)
    event = OrderReviewRequested(
        **event_header(order, now), total=order.total, currency=order.currency
    )
    reviewing = Transition(OrderStatus.REVIEWING, events=(event,), due_in=time_limit)
    with order_transaction() as transaction:
        apply_transition(transaction, order, reviewing, now=now)
        review = Review(order.order_id, task_token=task_token, due_at=now + time_limit)
        transaction.update(review, creation_actions(review), Review.part.does_not_exist())


def decide_review(
    order_id: str, decision: Decision, by: str, comment: str, *, now: datetime
) -> Order:
    """Approve or reject the order. Rejecting closes it at once, since nothing was charged.

    The comment is stored in the review row only; the event carries a reason code.
    Raises ``Conflict`` when the review was decided before, or the order was cancelled.
    """
    return _apply_decision(order_id, ReviewDecision(decision, by, comment), now)


@retry_on_conflict
def _apply_decision(order_id: str, outcome: ReviewDecision, now: datetime) -> Order:
    order, review = find_order(order_id), find_review(order_id)
    if order.status != OrderStatus.REVIEWING or review is None or review.decision:
        raise Conflict("This order has already been decided.")
    decided = OrderReviewDecided(**event_header(order, now), decision=outcome.decision)
    with order_transaction() as transaction:
        transaction.update(
            review,
            actions=[
                Review.decision.set(outcome.decision),
                Review.decided_by.set(outcome.by),
                Review.decided_at.set(now),
                Review.comment.set(outcome.comment),
            ],
            condition=Review.decision.does_not_exist(),
        )
        if outcome.decision == "approved":
            approved = Transition(OrderStatus.REVIEWING, events=(decided,))
            apply_transition(transaction, order, approved, now=now)
        else:
            cancel_unpaid(transaction, order, outcome.close_reason, now=now, preceding=(decided,))
    return find_order(order_id)


def expire_review(order_id: str, *, now: datetime) -> Order:
    """Reject an order whose review is overdue. Any other order is returned unchanged."""
    order, review = find_order(order_id), find_review(order_id)
    undecided = order.status == OrderStatus.REVIEWING and review and not review.decision
    if not undecided or not review or review.due_at - _clock_tolerance() > now:
        return order
    timed_out = ReviewDecision("rejected", SYSTEM_ACTOR, close_reason=CloseReason.REVIEW_TIMED_OUT)
    try:
        return _apply_decision(order_id, timed_out, now)
    except Conflict:  # a merchant decided a moment earlier
        return find_order(order_id)


def _clock_tolerance() -> timedelta:
    """How early the workflow's timeout may fire: its clock started before the row was written.

    Without the tolerance, the order would wait for a whole second review period.
    """
    return timedelta(seconds=settings().review_seconds) / 20
