"""Saga compensation: refund the payment, release the stock, close the order with its reason.

https://microservices.io/patterns/data/saga.html
"""

from datetime import datetime

from pynamodb.expressions.update import Action

from app.orders.cancellation import release_holdings
from app.orders.close_reasons import CloseReason
from app.orders.events import OrderCancelled, OrderDeclined, OrderEvent
from app.orders.models import Order, OrderStatus
from app.orders.transitions import (
    Transition,
    apply_transition,
    event_header,
    find_order,
    order_transaction,
    retry_on_conflict,
    transition_without_event,
)
from app.payments.gateway import PaymentDisputed
from app.payments.models import Payment, PaymentState
from app.payments.payment_intents import find_payment, record_payment_state, refund_payment


@retry_on_conflict
def refund(order_id: str, *, now: datetime) -> Order:
    """Refund the captured amount. Idempotent: a repeat changes nothing.

    A paid order is refunded only if its cancellation was requested; a disputed payment is not,
    because its bank returns the money. Raises ``GatewayUnavailable`` when the payment provider does
    not answer; the caller retries.
    """
    order = find_order(order_id)
    if order.status == OrderStatus.PAID and order.cancel_requested:
        reason = order.close_reason or CloseReason.CUSTOMER_REQUEST
        order = start_refund(order, reason, now=now)
    if order.status != OrderStatus.REFUNDING:
        return order
    payment = find_payment(order_id)
    if payment is None:
        raise LookupError(f"Order {order_id} has no payment to refund.")
    change, state = _return_money(payment)
    refunded = Transition(OrderStatus.RELEASING, changes=[change])
    with order_transaction() as transaction:
        apply_transition(transaction, order, refunded, now=now)
        record_payment_state(transaction, payment, state)
    return find_order(order_id)


def _return_money(payment: Payment) -> tuple[Action, PaymentState]:
    """Refund the payment, unless its bank is returning it; what to record of order and payment.

    If the bank decides for the shop later, ``payment_events`` refunds the closed order.
    """
    try:
        payment.refund_id = refund_payment(payment)
    except PaymentDisputed:
        return Order.close_reason.set(CloseReason.PAYMENT_DISPUTED), PaymentState.CAPTURED
    return Order.refunded.set(payment.amount), PaymentState.REFUNDED


def start_refund(order: Order, reason: str, *, now: datetime) -> Order:
    """Apply the transition to ``refunding``: from here on, the order ends as cancelled."""
    refunding = Transition(
        OrderStatus.REFUNDING,
        changes=[
            Order.final_status.set(OrderStatus.CANCELLED),
            Order.close_reason.set(reason),
        ],
    )
    return transition_without_event(order, refunding, now=now)


@retry_on_conflict
def release(order_id: str, *, now: datetime) -> Order:
    """Release what the order holds and close it with its ``final_status``. Idempotent."""
    order = find_order(order_id)
    if order.status != OrderStatus.RELEASING:
        return order
    closed = Transition(OrderStatus(order.final_status or ""), events=(_closing_event(order, now),))
    with order_transaction() as transaction:
        apply_transition(transaction, order, closed, now=now)
        release_holdings(transaction, order)
    return find_order(order_id)


def _closing_event(order: Order, now: datetime) -> OrderEvent:
    if not order.close_reason:
        raise ValueError(f"Order {order.order_id} is closed without a reason.")
    reason = order.close_reason  # perhaps one that only newer code knows, after a rollback
    if order.final_status == OrderStatus.DECLINED:
        return OrderDeclined(**event_header(order, now), lines=order.event_lines, reason=reason)
    return OrderCancelled(
        **event_header(order, now),
        lines=order.event_lines,
        reason=reason,
        refunded=order.refunded,
        currency=order.currency,
    )
