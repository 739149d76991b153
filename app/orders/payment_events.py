"""The payment provider's later truth: captures, refunds and disputes that no call of ours made.

A webhook only says which payment changed. The provider then returns the payment's present state,
and the order follows it; so events may come early, late, twice and in any order.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from app.errors import Conflict, NotFound
from app.observability.logs import log
from app.orders.cancellation import cancel_order
from app.orders.close_reasons import CloseReason
from app.orders.models import IssueReason, Order, OrderIssue, OrderStatus
from app.orders.transitions import (
    Transition,
    apply_transition,
    find_order,
    order_transaction,
    retry_on_conflict,
)
from app.payments.gateway import InvalidPaymentRequest, ProviderPayment, gateway
from app.payments.models import Payment, PaymentState, WebhookEvent
from app.payments.payment_intents import find_payment
from app.payments.webhooks import PaymentEvent

REPORTER = "payment provider"
FOLLOWS_AT_ONCE = (OrderStatus.SHIPPED, OrderStatus.DECLINED, OrderStatus.CANCELLED)


class OrderInMotion(Conflict):
    """The workflow is about to change the order. The provider delivers the event again later."""


@retry_on_conflict
def follow_payment_event(event: PaymentEvent, *, now: datetime) -> None:
    """Ask the provider about the payment, and bring its order in line.

    Idempotent by the event's id. Raises ``OrderInMotion`` when the decision depends on a step of
    the workflow that has not ended, and ``GatewayUnavailable`` when the provider does not answer.
    """
    try:
        provided = gateway().retrieve(event.intent_id)
    except InvalidPaymentRequest:  # of another shop with the same account
        log("payment_event_ignored", event_id=event.event_id, reason="unknown_payment")
        return
    try:
        order = find_order(provided.order_id)
    except NotFound:  # a restored table, for example: people decide about the money
        log("issue_opened", order_id=provided.order_id, reason="payment_without_order")
        return
    if _is_recorded(order.order_id, event.event_id):
        return
    _follow(order, provided, now)
    _recorded_event(order.order_id, event.event_id, type=event.type, at=now).save()
    log("payment_followed", order_id=order.order_id, type=event.type)


def _recorded_event(order_id: str, event_id: str, **fields: Any) -> WebhookEvent:
    return WebhookEvent(order_id, f"webhook#{event_id}", **fields)


def _is_recorded(order_id: str, event_id: str) -> bool:
    try:
        WebhookEvent.get(order_id, f"webhook#{event_id}", consistent_read=True)
    except DoesNotExist:
        return False
    return True


def _follow(order: Order, provided: ProviderPayment, now: datetime) -> None:
    payment = find_payment(order.order_id)
    if payment and payment.intent_id != provided.intent_id:
        _refund_second_payment(order, provided)
    elif _agrees(payment, provided):
        return
    elif order.status in FOLLOWS_AT_ONCE:
        _record(order, payment, _refunded_unless_shipped(order, provided), now)
    elif order.status == OrderStatus.PAID and payment:
        _follow_paid(order, payment, provided, now)
    else:
        raise OrderInMotion(f"This order is {order.status}. Deliver the event again later.")


def _agrees(payment: Payment | None, provided: ProviderPayment) -> bool:
    """Whether our record of the payment says what the provider says."""
    if payment is None:
        return not provided.is_captured
    if (payment.dispute or "") != provided.dispute:
        return False
    if provided.refund_id:
        return payment.state == PaymentState.REFUNDED
    return not (provided.is_captured and payment.state == PaymentState.VOIDED)


def _refunded_unless_shipped(order: Order, provided: ProviderPayment) -> ProviderPayment:
    """Return the money of a closed order without a parcel: it was captured after we gave up."""
    if order.status == OrderStatus.SHIPPED or provided.refund_id or not provided.is_captured:
        return provided
    return replace(provided, refund_id=gateway().refund(provided.intent_id))


def _follow_paid(order: Order, payment: Payment, provided: ProviderPayment, now: datetime) -> None:
    """Cancel an order whose money is gone or disputed before its parcel is gone, too.

    The workflow refunds it; a payment that was refunded before keeps its first refund.
    """
    if provided.refund_id or provided.dispute in ("open", "lost"):
        order = cancel_order(order.order_id, now=now, reason=CloseReason.MERCHANT_REQUEST)
    payment.update(actions=[Payment.dispute.set(provided.dispute)])


def _refund_second_payment(order: Order, provided: ProviderPayment) -> None:
    """Refund a payment that is not the one of the order: an order is charged once."""
    if provided.is_captured and not provided.refund_id:
        gateway().refund(provided.intent_id)
        log("issue_opened", order_id=order.order_id, reason="second_payment")


def _record(
    order: Order, payment: Payment | None, provided: ProviderPayment, now: datetime
) -> None:
    """Record refund and dispute on the order and its payment."""
    refunded = provided.amount if provided.refund_id else order.refunded
    changes = [Order.refunded.set(refunded), *_issue_changes(order, provided, now)]
    same_status = Transition(OrderStatus(order.status), changes=changes)
    with order_transaction() as transaction:
        apply_transition(transaction, order, same_status, now=now)
        _write_payment(transaction, order, payment, provided)
    if provided.dispute == "open":
        log("issue_opened", order_id=order.order_id, reason=IssueReason.PAYMENT_DISPUTED)


def _issue_changes(order: Order, provided: ProviderPayment, now: datetime) -> list[Action]:
    """An issue while the payment is disputed. It is the only kind that a closed order can have."""
    if provided.dispute == "open":
        issue = OrderIssue(IssueReason.PAYMENT_DISPUTED, now, REPORTER)
        return [Order.issue.set(issue)]
    if order.issue and order.issue.reason == IssueReason.PAYMENT_DISPUTED:
        return [Order.issue.remove()]
    return []


def _write_payment(
    transaction: TransactWrite, order: Order, payment: Payment | None, provided: ProviderPayment
) -> None:
    state = PaymentState.REFUNDED if provided.refund_id else PaymentState.CAPTURED
    if payment is None:
        transaction.save(
            Payment(
                order.order_id,
                intent_id=provided.intent_id,
                amount=provided.amount,
                currency=provided.currency,
                method=provided.method,
                state=state,
                refund_id=provided.refund_id or None,
                dispute=provided.dispute or None,
            ),
            condition=Payment.intent_id.does_not_exist(),
        )
        return
    actions: list[Action] = [Payment.state.set(state), Payment.dispute.set(provided.dispute)]
    if provided.refund_id:
        actions.append(Payment.refund_id.set(provided.refund_id))
    transaction.update(
        Payment(order.order_id), actions=actions, condition=Payment.intent_id == payment.intent_id
    )
