"""The payment provider's later truth: captures, refunds and disputes that no call of ours made.

A webhook only says which payment changed. The provider then returns the payment's present state,
and the order follows it; so events may come early, late, twice and in any order.
"""

from datetime import datetime

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from app.errors import Conflict, NotFound
from app.observability.logs import log
from app.orders.cancellation import cancel_order
from app.orders.close_reasons import CloseReason
from app.orders.models import DISPUTED, IssueReason, Order, OrderIssue, OrderStatus
from app.orders.queries import payment_state
from app.orders.transitions import (
    Transition,
    apply_transition,
    find_order,
    order_transaction,
    retry_on_conflict,
)
from app.payments.gateway import (
    InvalidPaymentRequest,
    PaymentDisputed,
    ProviderPayment,
    gateway,
)
from app.payments.models import Payment, PaymentState, WebhookEvent, webhook_event_key
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
    if not provided.order_id:  # not created by this shop
        log("payment_event_ignored", event_id=event.event_id, reason="no_order")
        return
    try:
        order = find_order(provided.order_id)
    except NotFound:  # a restored table, for example: people decide about the money
        log("issue_opened", order_id=provided.order_id, reason="payment_without_order")
        return
    if _is_recorded(order.order_id, event.event_id):
        return
    _follow(order, provided, now)
    key = webhook_event_key(event.event_id)
    WebhookEvent(order.order_id, key, type=event.type, at=now).save()
    log("payment_followed", order_id=order.order_id, type=event.type)


def _is_recorded(order_id: str, event_id: str) -> bool:
    try:
        WebhookEvent.get(order_id, webhook_event_key(event_id), consistent_read=True)
    except DoesNotExist:
        return False
    return True


def _follow(order: Order, provided: ProviderPayment, now: datetime) -> None:
    payment = find_payment(order.order_id)
    if payment and payment.intent_id != provided.intent_id:
        _refund_second_payment(order, provided)
    elif not _agrees(order, payment, provided):
        # The rows may be newer than that answer. The next one is newer than the rows, and if they
        # change again, the write fails.
        _bring_in_line(order, payment, gateway().retrieve(provided.intent_id), now)


def _bring_in_line(
    order: Order, payment: Payment | None, provided: ProviderPayment, now: datetime
) -> None:
    if _agrees(order, payment, provided):
        return
    if order.status in FOLLOWS_AT_ONCE:
        _record(order, payment, _refunded_unless_shipped(order, provided), now)
    elif order.status == OrderStatus.PAID and payment:
        _follow_paid(order, payment, provided, now)
    else:
        raise _in_motion(order)


def _in_motion(order: Order) -> OrderInMotion:
    return OrderInMotion(f"This order is {order.status}. Deliver the event again later.")


def _agrees(order: Order, payment: Payment | None, provided: ProviderPayment) -> bool:
    """Whether order and payment say what the provider says.

    A charge that is still ``PENDING`` may have been voided in vain, and a closed order without
    a parcel keeps no money.
    """
    if payment is None:
        return not provided.is_captured
    state = payment_state(order, payment)
    if (payment.dispute or "") != provided.dispute or order.refunded < provided.refunded:
        return False
    if provided.is_refunded:
        return state == PaymentState.REFUNDED
    if not provided.is_captured or provided.is_at_bank:
        return True
    is_owed = order.finished and order.status != OrderStatus.SHIPPED
    return state == PaymentState.CAPTURED and not is_owed


def _refunded_unless_shipped(order: Order, provided: ProviderPayment) -> ProviderPayment:
    """Return the money of a closed order without a parcel, unless its bank returns it.

    It was captured after we gave up, or the bank has decided a dispute for us.
    """
    is_kept = provided.is_captured and not provided.is_refunded and not provided.is_at_bank
    if order.status == OrderStatus.SHIPPED or not is_kept:
        return provided
    _refund(order, provided)
    return gateway().retrieve(provided.intent_id)


def _refund(order: Order, provided: ProviderPayment) -> None:
    try:
        gateway().refund(provided.intent_id)
    except PaymentDisputed:  # a moment ago; that event follows
        raise _in_motion(order) from None


def _follow_paid(order: Order, payment: Payment, provided: ProviderPayment, now: datetime) -> None:
    """Cancel an order whose money is gone or disputed before its parcel is gone, too.

    The workflow refunds it; a payment that was refunded before keeps its first refund. A refund of
    a part is recorded, and the order ships. A dispute is recorded once the order is closed, because
    closing it removes its issue.
    """
    if provided.is_at_bank:
        cancel_order(order.order_id, now=now, reason=CloseReason.PAYMENT_DISPUTED)
        raise _in_motion(order)
    if not provided.is_refunded:
        _record(order, payment, provided, now)
        return
    cancel_order(order.order_id, now=now, reason=CloseReason.MERCHANT_REQUEST)
    with order_transaction() as transaction:
        dispute = Payment.dispute.set(provided.dispute)
        transaction.update(payment, actions=[dispute], condition=_is_unchanged(payment))


def _refund_second_payment(order: Order, provided: ProviderPayment) -> None:
    """Refund a payment that is not the one of the order: an order is charged once."""
    if provided.is_captured and not provided.is_refunded and not provided.is_at_bank:
        _refund(order, provided)
        log("issue_opened", order_id=order.order_id, reason="second_payment")


def _record(
    order: Order, payment: Payment | None, provided: ProviderPayment, now: datetime
) -> None:
    """Record refunds and dispute on the order and its payment.

    Refunds only grow: an older answer of the provider takes nothing back.
    """
    refunded = max(order.refunded, provided.refunded)
    changes = [Order.refunded.set(refunded), *_issue_changes(order, provided, now)]
    unchanged = Order.refunded == order.refunded
    same_status = Transition(OrderStatus(order.status), changes=changes, condition=unchanged)
    with order_transaction() as transaction:
        apply_transition(transaction, order, same_status, now=now)
        _write_payment(transaction, order, payment, provided)
    if provided.dispute == "open":
        log("issue_opened", order_id=order.order_id, reason=IssueReason.PAYMENT_DISPUTED)


def _issue_changes(order: Order, provided: ProviderPayment, now: datetime) -> list[Action]:
    """An issue while the payment is disputed. It is the only kind that a closed order can have.

    The index of open orders then has the order, so that the admin finds it.
    """
    if provided.dispute == "open":
        issue = OrderIssue(IssueReason.PAYMENT_DISPUTED, now, REPORTER)
        shard, since = Order.open_shard.set(DISPUTED), Order.next_check_at.set(now)
        return [Order.issue.set(issue), shard, since]
    if order.issue and order.issue.reason == IssueReason.PAYMENT_DISPUTED:
        return [Order.issue.remove(), Order.open_shard.remove(), Order.next_check_at.remove()]
    return []


def _write_payment(
    transaction: TransactWrite, order: Order, payment: Payment | None, provided: ProviderPayment
) -> None:
    state = PaymentState.REFUNDED if provided.is_refunded else PaymentState.CAPTURED
    refund_id = provided.refunds[-1].id if provided.is_refunded else None
    if payment and not provided.is_captured:
        state = PaymentState(payment.state)
    if payment is None:
        transaction.save(
            Payment(
                order.order_id,
                intent_id=provided.intent_id,
                amount=provided.amount,
                currency=provided.currency,
                method=provided.method,
                state=state,
                refund_id=refund_id,
                dispute=provided.dispute or None,
            ),
            condition=Payment.intent_id.does_not_exist(),
        )
        return
    actions: list[Action] = [Payment.state.set(state), Payment.dispute.set(provided.dispute)]
    if refund_id:
        actions.append(Payment.refund_id.set(refund_id))
    transaction.update(Payment(order.order_id), actions=actions, condition=_is_unchanged(payment))


def _is_unchanged(payment: Payment) -> Condition:
    """Optimistic locking: no other event has been followed since the payment was read."""
    same_dispute: Condition = Payment.dispute.does_not_exist()
    if payment.dispute is not None:
        same_dispute = Payment.dispute == payment.dispute
    same: Condition = (Payment.state == payment.state) & same_dispute
    return same
