"""Cancellation: at once while nothing is charged, later as a request to the workflow."""

from datetime import datetime

from pynamodb.transactions import TransactWrite

from app.discounts import redemption
from app.errors import Conflict, PreconditionFailed
from app.i18n.messages import lazy_gettext
from app.inventory import reservations
from app.orders.close_reasons import CloseReason
from app.orders.events import OrderCancelled, OrderCancelRequested, OrderReviewDecided
from app.orders.models import Order, OrderStatus
from app.orders.transitions import (
    Transition,
    apply_transition,
    event_header,
    find_order,
    order_transaction,
    retry_on_conflict,
)

UNPAID = (OrderStatus.PLACED, OrderStatus.REVIEWING)
PAYMENT_STARTED = (OrderStatus.PAYING, OrderStatus.PAID)
CANCELLED_OR_COMPENSATING = (OrderStatus.REFUNDING, OrderStatus.RELEASING, OrderStatus.CANCELLED)

HAS_CHANGED = "The order has changed. Read it again before you cancel it."  # only programs see it


def can_cancel(order: Order) -> bool:
    return order.status in (*UNPAID, *PAYMENT_STARTED) and not order.cancel_requested


@retry_on_conflict
def cancel_order(
    order_id: str,
    *,
    now: datetime,
    reason: CloseReason = CloseReason.CUSTOMER_REQUEST,
    seen: Order | None = None,
) -> Order:
    """Cancel an unpaid order, or request cancellation of one whose payment has started.

    Idempotent: a repeat changes nothing. An order with an accepted cancellation is never shipped.
    Raises ``Conflict`` once the order was handed to the carrier, or was declined, and
    ``PreconditionFailed`` if it has changed since it was ``seen``.
    """
    order = find_order(order_id)
    if seen and can_cancel(order) and _revision(order) != _revision(seen):
        raise PreconditionFailed(HAS_CHANGED)
    if order.status in UNPAID:
        with order_transaction() as transaction:
            cancel_unpaid(transaction, order, reason, now=now)
        return find_order(order_id)
    if order.status in PAYMENT_STARTED and not order.cancel_requested:
        _request_cancellation(order, reason, now)
        return find_order(order_id)
    if order.cancel_requested or order.status in CANCELLED_OR_COMPENSATING:
        return order
    if order.status == OrderStatus.DECLINED:
        raise Conflict(lazy_gettext("This order was declined; there is nothing to cancel."))
    raise Conflict(lazy_gettext("This order has been shipped and can no longer be cancelled."))


def _revision(order: Order) -> tuple[str, int]:
    """What every transition is conditional on."""
    return order.status, order.event_count


def _request_cancellation(order: Order, reason: CloseReason, now: datetime) -> None:
    """Set ``cancel_requested``, which every later step checks before it charges or ships.

    Semantic lock of the saga: https://learn.microsoft.com/en-us/azure/architecture/patterns/saga
    """
    requested = Transition(
        OrderStatus(order.status),
        events=(OrderCancelRequested(**event_header(order, now)),),
        changes=[Order.cancel_requested.set(True), Order.close_reason.set(reason)],
    )
    with order_transaction() as transaction:
        apply_transition(transaction, order, requested, now=now)


def cancel_unpaid(
    transaction: TransactWrite,
    order: Order,
    reason: CloseReason,
    *,
    now: datetime,
    preceding: tuple[OrderReviewDecided, ...] = (),
) -> None:
    """Add to the transaction: close an order that was not charged, and release what it holds.

    ``preceding`` events are published before ``OrderCancelled``.
    """
    cancelled = OrderCancelled(
        **event_header(order, now, position=len(preceding) + 1),
        lines=order.event_lines,
        reason=reason,
        refunded=0,
        currency=order.currency,
    )
    closed = Transition(
        OrderStatus.CANCELLED,
        events=(*preceding, cancelled),
        changes=[
            Order.final_status.set(OrderStatus.CANCELLED),
            Order.close_reason.set(reason),
        ],
    )
    apply_transition(transaction, order, closed, now=now)
    release_holdings(transaction, order)


def release_holdings(transaction: TransactWrite, order: Order) -> None:
    """Add to the transaction that closes an order without a parcel: release what it holds.

    That is its stock, and one redemption of its discount code.
    """
    for stock_key, quantity in order.reservations:
        reservations.release(transaction, stock_key, quantity)
    if order.discount_code:
        redemption.give_back(transaction, order.discount_code, order.email)
