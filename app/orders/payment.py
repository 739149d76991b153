"""The charge step: capture the payment of an order, or void it when it is declined or cancelled."""

from datetime import datetime, timedelta

from pynamodb.expressions.update import Action

from app.i18n.messages import lazy_gettext
from app.orders.close_reasons import CloseReason, decline_reason
from app.orders.events import OrderPaid
from app.orders.models import Order, OrderStatus, TimelineEntry
from app.orders.review import is_approved
from app.orders.transitions import (
    Transition,
    apply_transition,
    as_committed,
    event_header,
    find_order,
    order_transaction,
    retry_on_conflict,
    transition_at_once,
    transition_without_event,
)
from app.payments.gateway import GatewayUnavailable, PaymentOutcome
from app.payments.models import Payment, PaymentState
from app.payments.payment_intents import (
    ChargeRequest,
    capture_payment,
    ensure_payment_intent,
    record_payment_state,
    void_payment,
)
from app.persistence.dynamodb import creation_actions
from app.settings import settings


@retry_on_conflict
def charge(order_id: str, *, now: datetime) -> Order:
    """Capture the payment, or void it for good. Idempotent: the customer is charged at most once.

    An order that waits for its review is returned unchanged. Raises ``GatewayUnavailable`` when
    the outcome is unknown; the caller retries.
    """
    order, is_first = _start_paying(order_id, now)
    if order.status != OrderStatus.PAYING:
        return order
    try:
        return _settle_payment(order, now, is_first=is_first)
    except GatewayUnavailable:
        _record_slow_payment(order, now)
        raise


def _start_paying(order_id: str, now: datetime) -> tuple[Order, bool]:
    """Apply the transition if the order may be charged; whether this is its first charge.

    An order that needs no review is not read: the write's condition is all that there is to decide.
    """
    unreviewed = Transition(
        OrderStatus.PAYING,
        condition=Order.needs_review == False,  # noqa: E712
    )
    if order := transition_at_once(order_id, OrderStatus.PLACED, unreviewed, now=now):
        return order, True
    order = find_order(order_id)
    is_chargeable = not order.needs_review or is_approved(order)
    if order.status not in (OrderStatus.PLACED, OrderStatus.REVIEWING) or not is_chargeable:
        return order, False
    return transition_without_event(order, Transition(OrderStatus.PAYING), now=now), True


def _settle_payment(order: Order, now: datetime, *, is_first: bool) -> Order:
    """Only an order that is being paid can have a payment, so the first charge need not look."""
    payment = ensure_payment_intent(
        ChargeRequest(
            order.order_id,
            order.total,
            order.currency,
            order.payment_method,
            order_age=now - order.placed_at,
            is_first=is_first,
        )
    )
    outcome = void_payment(payment) if order.cancel_requested else capture_payment(payment)
    if outcome.state == "captured":
        return _mark_paid(order, outcome, now)
    _mark_unpaid(order, payment, outcome, now)
    return find_order(order.order_id)


def _mark_paid(order: Order, outcome: PaymentOutcome, now: datetime) -> Order:
    """Record the capture, by the order's status (``queries.payment_state``).

    A payment that was refunded meanwhile is not shipped but cancelled.
    """
    event = OrderPaid(
        **event_header(order, now),
        lines=order.event_lines,
        total=order.total,
        currency=order.currency,
    )
    packing = timedelta(seconds=settings().packing_seconds)
    packing_until = now + packing
    paid = Transition(
        OrderStatus.PAID,
        events=(event,),
        changes=[
            Order.packing_until.set(packing_until),
            *(_cancellation(order) if outcome.is_refunded else ()),
        ],
        due_in=packing,
    )
    with order_transaction() as transaction:
        apply_transition(transaction, order, paid, now=now)
    if outcome.is_refunded:
        return find_order(order.order_id)
    order.packing_until = packing_until
    return as_committed(order, paid, now=now)


def _cancellation(order: Order) -> list[Action]:
    reason = order.close_reason or CloseReason.MERCHANT_REQUEST
    return [Order.cancel_requested.set(True), Order.close_reason.set(reason)]


def _mark_unpaid(order: Order, payment: Payment, outcome: PaymentOutcome, now: datetime) -> None:
    """Record that nothing was captured. The intent stays voided, so the stock can be released."""
    final_status, reason = OrderStatus.DECLINED, str(decline_reason(outcome.decline_code))
    if order.cancel_requested:
        final_status = OrderStatus.CANCELLED
        reason = order.close_reason or CloseReason.CUSTOMER_REQUEST
    unpaid = Transition(
        OrderStatus.RELEASING,
        changes=[Order.final_status.set(final_status), Order.close_reason.set(reason)],
    )
    with order_transaction() as transaction:
        apply_transition(transaction, order, unpaid, now=now)
        record_payment_state(transaction, payment, PaymentState.VOIDED)


def _record_slow_payment(order: Order, now: datetime) -> None:
    """Add one timeline entry. A repeat overwrites it, so the order page shows the latest."""
    text = lazy_gettext("The card network is slow; we are trying again.")
    entry = TimelineEntry(order.order_id, "timeline#slow-payment", text=text, at=now)
    entry.update(actions=creation_actions(entry))
