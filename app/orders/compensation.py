"""The way back: refund what was taken, free the stock, and close the order with its reason."""

from datetime import datetime

from app.inventory.reservations import free
from app.orders.cancellation import BY_CUSTOMER
from app.orders.events import OrderCancelled, OrderDeclined, OrderEvent
from app.orders.models import Case, Order, OrderStatus
from app.orders.transitions import Move, about, claim, find_order, move, moving, steady
from app.payments.models import PaymentState
from app.payments.payment_intents import give_back, note, payment_of


@steady
def refund(order_id: str, *, now: datetime) -> Order:
    """Give the money back once; a repeat changes nothing.

    A paid order is refunded only if cancelling was asked for. The amount is the captured one.
    Raises ``GatewayUnavailable`` when the provider does not answer: call again.
    """
    order = find_order(order_id)
    if order.status == OrderStatus.PAID and order.cancel_requested:
        order = _claim(order, now)
    if order.status != OrderStatus.REFUNDING:
        return order
    payment = payment_of(order_id)
    if payment is None:
        raise LookupError(f"Order {order_id} is to be refunded and was never charged.")
    payment.refund_id = give_back(payment)
    back = Move(OrderStatus.RELEASING, changes=[Order.refunded.set(payment.amount)])
    with moving() as transaction:
        move(transaction, order, back, now=now)
        note(transaction, payment, PaymentState.REFUNDED)
    return find_order(order_id)


def _claim(order: Order, now: datetime) -> Order:
    back = Move(
        OrderStatus.REFUNDING,
        changes=[
            Order.closing_as.set(OrderStatus.CANCELLED),
            Order.closing_reason.set(order.closing_reason or BY_CUSTOMER),
        ],
    )
    return claim(order, back, now=now)


@steady
def release(order_id: str, *, now: datetime) -> Order:
    """Free the stock and close the order as it was decided; a repeat changes nothing."""
    order = find_order(order_id)
    if order.status != OrderStatus.RELEASING:
        return order
    with moving() as transaction:
        closed = Move(OrderStatus(order.closing_as or ""), events=(_ending(order, now),))
        move(transaction, order, closed, now=now)
        for key, pieces in order.holds:
            free(transaction, key, pieces)
    return find_order(order_id)


def _ending(order: Order, now: datetime) -> OrderEvent:
    reason = order.closing_reason or ""
    if order.closing_as == OrderStatus.DECLINED:
        return OrderDeclined(**about(order, now), lines=order.event_lines, reason=reason)
    return OrderCancelled(
        **about(order, now),
        lines=order.event_lines,
        reason=reason,
        refunded=order.refunded,
        currency=order.currency,
    )


@steady
def open_case(order_id: str, reason: str, by: str, *, now: datetime) -> None:
    """Ask a person to look; the first reason stays. The order's next move closes the case."""
    order = find_order(order_id)
    if order.finished or order.case:
        return
    asked = Move(
        OrderStatus(order.status),
        changes=[Order.case.set(Case(reason, now, by))],
        only_if=Order.case.does_not_exist(),
    )
    claim(order, asked, now=now)
