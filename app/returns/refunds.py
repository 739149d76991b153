"""The refund of a return: a merchant decides it when the units are back, then it is carried out.

The decision is recorded first. Then the provider is asked, by the web function at once and by
reconciliation for as long as it takes, and last the refund, its event and the restocked units are
written in one transaction. The model is in ``tests/simulation/models/returns.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.errors import Conflict, NotFound, ValidationFailed
from app.inventory import reservations
from app.orders.events import ReturnedLine, ReturnRefunded
from app.orders.models import Order, OrderStatus
from app.orders.queries import load_order_details
from app.orders.reconciliation import MIN_CHECK_DELAY
from app.orders.return_rows import DUE, Return, ReturnLine, ReturnStatus
from app.orders.transitions import (
    Transition,
    apply_transition,
    event_header,
    find_order,
    order_transaction,
    retry_on_conflict,
)
from app.payments.gateway import gateway
from app.payments.models import Payment, PaymentState
from app.payments.payment_intents import find_payment, record_payment_state
from app.persistence.dynamodb import update_if
from app.returns.amounts import (
    Units,
    allocate_restock,
    max_refund,
    units_cost,
    units_returned,
)
from app.returns.requests import DECIDED
from app.returns.transitions import NO_SUCH_RETURN, find_return, leave_index


@dataclass(frozen=True)
class Receipt:
    """What came back, how much of it can be sold again, and how many cents to refund."""

    received: Units
    restocked: Units
    amount: int


@dataclass(frozen=True)
class _Refund:
    """What the provider has refunded: the id ("" for nothing), and cents for return and order."""

    id: str
    amount: int
    of_order: int


def receive_return(
    order_id: str, number: int, receipt: Receipt, *, by: str, now: datetime
) -> Return:
    """Record what came back and what to refund: from here on, the refund is carried out.

    One conditional write, so of two merchants the first one decides. Raises ``Conflict`` for a
    return that is not approved, and ``ValidationFailed`` for units or an amount that cannot be.
    """
    details = load_order_details(order_id)
    row = details.return_numbered(number)
    if row is None:
        raise NotFound(NO_SUCH_RETURN)
    if row.status != ReturnStatus.APPROVED:
        raise Conflict(DECIDED)
    earlier = [it for it in details.returns if it.number < number]
    _check(details.order, row, earlier, receipt)
    lines = tuple(_line(details.order, it, earlier, receipt) for it in row.lines)
    actions = [
        Return.status.set(ReturnStatus.RECEIVED),
        Return.lines.set(lines),
        Return.amount.set(receipt.amount),
        Return.received_at.set(now),
        Return.received_by.set(by),
        Return.open_shard.set(DUE),
        Return.next_check_at.set(now + MIN_CHECK_DELAY),
        Return.checks.remove(),
    ]
    if not update_if(row, actions, Return.status == ReturnStatus.APPROVED):
        raise Conflict(DECIDED)
    return row


def _check(order: Order, row: Return, earlier: Sequence[Return], receipt: Receipt) -> None:
    for line in row.lines:
        received = receipt.received.get(line.sku, 0)
        if not 0 <= receipt.restocked.get(line.sku, 0) <= received <= line.quantity:
            raise ValidationFailed(
                "Enter no more units than were requested, and restock no more than came back.",
                field=f"received-{line.sku}",
            )
    if not any(receipt.received.values()):
        raise ValidationFailed("Enter what came back, or refuse the return.", field="received")
    most = max_refund(order, earlier, receipt.received)
    if not min(1, most) <= receipt.amount <= most:
        raise ValidationFailed(
            f"Enter an amount of at most {most / 100:.2f}: these units cost no more.",
            field="amount",
        )


def _line(
    order: Order, line: ReturnLine, earlier: Sequence[Return], receipt: Receipt
) -> ReturnLine:
    bought = next(it for it in order.lines if it.sku == line.sku)
    restocked = allocate_restock(bought, earlier, receipt.restocked.get(line.sku, 0))
    received = receipt.received.get(line.sku, 0)
    before = units_returned(earlier)[line.sku]
    total = units_cost(bought, after=before, count=received)
    return ReturnLine(line.sku, line.quantity, received, dict(restocked), total)


@retry_on_conflict
def refund_return(order_id: str, number: int, *, now: datetime) -> Return:
    """Refund a received return and restock its units. Idempotent: a repeat changes nothing.

    Raises ``GatewayUnavailable`` when the outcome is unknown, and ``PaymentDisputed`` while the
    bank decides; reconciliation tries again.
    """
    order, row = find_order(order_id), find_return(order_id, number)
    if row.status != ReturnStatus.RECEIVED:
        return row
    payment = find_payment(order_id)
    if payment is None:
        raise LookupError(f"Order {order_id} has no payment to refund.")
    _record(order, row, payment, _return_money(row, payment), now)
    return find_return(order_id, number)


def refund_reference(order_id: str, number: int) -> str:
    """The idempotency key of the refund at the provider, derived from our row."""
    return f"refund:{order_id}:{number}"


def _return_money(row: Return, payment: Payment) -> _Refund:
    """Refund the amount, or what is left of the payment, unless the provider has done it already.

    The provider forgets an idempotency key after a day, so it is asked for the refund first.
    """
    provided = gateway().retrieve(payment.intent_id)
    reference = refund_reference(row.order_id, row.number)
    if made := provided.refund_with(reference):
        return _Refund(made.id, made.amount, provided.refunded)
    amount = min(row.amount or 0, provided.refundable)
    if not amount:  # refunded in the provider's dashboard, or by the bank after a dispute
        return _Refund("", 0, provided.refunded)
    made = gateway().refund_part(payment.intent_id, amount, reference)
    return _Refund(made.id, made.amount, provided.refunded + made.amount)


def _record(order: Order, row: Return, payment: Payment, refund: _Refund, now: datetime) -> None:
    """Record the refund, append the event and restock, in one transaction."""
    refunded = max(order.refunded, refund.of_order)  # a webhook may have recorded it already
    transition = Transition(
        OrderStatus(order.status),
        events=(_event(order, row, refund, now),),
        changes=[Order.refunded.set(refunded)],
        condition=Order.refunded == order.refunded,
    )
    with order_transaction() as transaction:
        apply_transition(transaction, order, transition, now=now)
        transaction.update(
            Return(row.order_id, row.part),
            actions=[
                Return.status.set(ReturnStatus.REFUNDED),
                Return.refunded.set(refund.amount),
                Return.refunded_at.set(now),
                *([Return.refund_id.set(refund.id)] if refund.id else []),
                *leave_index(),
            ],
            condition=Return.status == ReturnStatus.RECEIVED,
        )
        if refunded == payment.amount:
            payment.refund_id = refund.id or payment.refund_id
            record_payment_state(transaction, payment, PaymentState.REFUNDED)
        for line in row.lines:
            for stock_key, units in line.restocked.items():
                reservations.restock(transaction, stock_key, units)


def _event(order: Order, row: Return, refund: _Refund, now: datetime) -> ReturnRefunded:
    lines = (
        ReturnedLine(
            sku=it.sku,
            quantity=it.received,
            restocked=sum(it.restocked.values()),
            total=it.total,
        )
        for it in row.lines
        if it.received
    )
    return ReturnRefunded(
        **event_header(order, now),
        return_number=row.number,
        lines=tuple(lines),
        refunded=refund.amount,
        currency=order.currency,
    )
