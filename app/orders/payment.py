"""Charging an order: claim it, settle with the provider, note what became of the money."""

from datetime import datetime, timedelta

from app.i18n.messages import said
from app.orders.cancellation import BY_CUSTOMER
from app.orders.events import OrderPaid
from app.orders.models import Fact, Order, OrderStatus
from app.orders.review import approved
from app.orders.transitions import Move, about, claim, find_order, move, moving, steady
from app.payments.gateway import GatewayUnavailable, Verdict
from app.payments.models import Payment, PaymentState
from app.payments.payment_intents import Charge, call_off, intend, note, take_money
from app.settings import settings


@steady
def charge(order_id: str, *, now: datetime) -> Order:
    """Take the money once, or make sure it is never taken; a repeat changes nothing.

    Returns the order where it then stands; an order that waits for a merchant is left alone.
    Raises ``GatewayUnavailable`` when the provider's answer is unknown: call again.
    """
    order = find_order(order_id)
    if order.status in (OrderStatus.PLACED, OrderStatus.REVIEWING):
        if order.needs_review and not approved(order):
            return order
        order = claim(order, Move(OrderStatus.PAYING), now=now)
    if order.status != OrderStatus.PAYING:
        return order
    try:
        _settle(order, now)
    except GatewayUnavailable:
        _tell_that_it_takes_longer(order, now)
        raise
    return find_order(order_id)


def _settle(order: Order, now: datetime) -> None:
    payment = intend(Charge(order.order_id, order.total, order.currency, order.payment_method))
    verdict = call_off(payment) if order.cancel_requested else take_money(payment)
    if verdict.state == "captured":
        _mark_paid(order, payment, now)
    else:
        _give_up(order, payment, verdict, now)


def _mark_paid(order: Order, payment: Payment, now: datetime) -> None:
    event = OrderPaid(**about(order, now), total=order.total, currency=order.currency)
    packing = timedelta(seconds=settings().packing_seconds)
    paid = Move(
        OrderStatus.PAID,
        events=(event,),
        changes=[Order.packing_until.set(now + packing)],
        due_in=packing,
    )
    with moving() as transaction:
        move(transaction, order, paid, now=now)
        note(transaction, payment, PaymentState.CAPTURED)


def _give_up(order: Order, payment: Payment, verdict: Verdict, now: datetime) -> None:
    """The intent is void for ever, so the stock may go back to the shelf."""
    cancelled = order.cancel_requested
    closing = OrderStatus.CANCELLED if cancelled else OrderStatus.DECLINED
    reason = order.closing_reason or BY_CUSTOMER if cancelled else verdict.reason
    step = Move(
        OrderStatus.RELEASING,
        changes=[Order.closing_as.set(closing), Order.closing_reason.set(reason)],
    )
    with moving() as transaction:
        move(transaction, order, step, now=now)
        note(transaction, payment, PaymentState.VOIDED)


def _tell_that_it_takes_longer(order: Order, now: datetime) -> None:
    """One row, however often it happens: the page shows the latest."""
    text = said("The card network is slow; we are trying again.")
    Fact(order.order_id, "fact#slow-payment", text=text, at=now).save()
