"""Asking a merchant about a large order, and deciding: by a merchant, or by the clock."""

from datetime import datetime, timedelta
from typing import Literal

from pynamodb.exceptions import DoesNotExist
from pynamodb.transactions import TransactWrite

from app.errors import Conflict
from app.i18n.messages import said
from app.inventory.reservations import free
from app.orders.events import OrderCancelled, OrderReviewDecided, OrderReviewRequested
from app.orders.models import Order, OrderStatus, Review
from app.orders.transitions import Move, about, find_order, move, moving, steady
from app.settings import settings

Decision = Literal["approved", "refused"]
BY_THE_CLOCK = "nobody, in time"


def review_of(order_id: str) -> Review | None:
    try:
        return Review.get(order_id, "review", consistent_read=True)
    except DoesNotExist:
        return None


def approved(order: Order) -> bool:
    review = review_of(order.order_id) if order.status == OrderStatus.REVIEWING else None
    return review is not None and review.decision == "approved"


@steady
def ask_for_review(order_id: str, task_token: str, *, now: datetime) -> Order:
    """Put the order before the merchants and keep the token that wakes its workflow.

    Asked again, the newest token counts: an older one belongs to a workflow that has given up.
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
    event = OrderReviewRequested(**about(order, now), total=order.total, currency=order.currency)
    with moving() as transaction:
        step = Move(OrderStatus.REVIEWING, events=(event,), due_in=time_limit)
        move(transaction, order, step, now=now)
        transaction.save(
            Review(order.order_id, task_token=task_token, due_at=now + time_limit),
            condition=Review.part.does_not_exist(),
        )


@steady
def decide(order_id: str, decision: Decision, by: str, why: str, *, now: datetime) -> Order:
    """Approve or refuse, once. Refusing closes the order at once, since nothing was charged.

    Raises ``Conflict`` when somebody else has decided, or the customer has cancelled.
    """
    order, review = find_order(order_id), review_of(order_id)
    if order.status != OrderStatus.REVIEWING or review is None or review.decision:
        raise Conflict("This order has been decided already.")
    decided = OrderReviewDecided(**about(order, now), decision=decision)
    with moving() as transaction:
        transaction.update(
            review,
            actions=[
                Review.decision.set(decision),
                Review.decided_by.set(by),
                Review.decided_at.set(now),
                Review.why.set(why),
            ],
            condition=Review.decision.does_not_exist(),
        )
        if decision == "approved":
            move(transaction, order, Move(OrderStatus.REVIEWING, events=(decided,)), now=now)
        else:
            close_unpaid(transaction, order, f"refused: {why}", now=now, before=(decided,))
    return find_order(order_id)


def decide_by_the_clock(order_id: str, *, now: datetime) -> Order:
    """Refuse an order that nobody decided in time; anything else is left as it is."""
    order, review = find_order(order_id), review_of(order_id)
    waiting = order.status == OrderStatus.REVIEWING and review and not review.decision
    if not waiting or not review or review.due_at - _early() > now:
        return order
    why = said("we could not look at your order in time")
    try:
        return decide(order_id, "refused", BY_THE_CLOCK, why, now=now)
    except Conflict:  # a merchant was faster by a moment
        return find_order(order_id)


def _early() -> timedelta:
    """The workflow's clock started before the row was written, so it rings a moment too early.

    Not to count that would let the order wait for merchants all over again.
    """
    return timedelta(seconds=settings().review_seconds) / 20


def close_unpaid(
    transaction: TransactWrite,
    order: Order,
    reason: str,
    *,
    now: datetime,
    before: tuple[OrderReviewDecided, ...] = (),
) -> None:
    """Cancel an order that no money was taken for: it closes and its stock is free, in one go."""
    cancelled = OrderCancelled(
        **about(order, now, place=len(before) + 1),
        lines=order.event_lines,
        reason=reason,
        refunded=0,
        currency=order.currency,
    )
    step = Move(
        OrderStatus.CANCELLED,
        events=(*before, cancelled),
        changes=[
            Order.closing_as.set(OrderStatus.CANCELLED),
            Order.closing_reason.set(reason),
        ],
    )
    move(transaction, order, step, now=now)
    for key, pieces in order.holds:
        free(transaction, key, pieces)
