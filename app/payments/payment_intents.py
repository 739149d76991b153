"""Charging once: write the intent down, then confirm that intent, and no other, however often.

The protocol is the only one of four that never charges twice when calls are lost, repeated or late.
"""

from dataclasses import dataclass

from pynamodb.exceptions import DoesNotExist, PutError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from app.payments.gateway import GatewayRefused, Verdict, gateway
from app.payments.models import Payment, PaymentState
from app.persistence.dynamodb import refused_by_condition


@dataclass(frozen=True)
class Charge:
    """What is to be paid: cents of a currency, by a method that the provider knows."""

    order_id: str
    amount: int
    currency: str
    method: str


def payment_of(order_id: str) -> Payment | None:
    try:
        return Payment.get(order_id, "payment", consistent_read=True)
    except DoesNotExist:
        return None


def intend(charge: Charge) -> Payment:
    """The order's one payment; the loser of a race uses the intent that was written first.

    Raises ``GatewayRefused`` when the order's sum is not the one that was written down.
    """
    payment = payment_of(charge.order_id) or _write_intent(charge)
    if (payment.amount, payment.currency) != (charge.amount, charge.currency):
        raise GatewayRefused(f"Order {charge.order_id} and its payment name different sums.")
    return payment


def _write_intent(charge: Charge) -> Payment:
    intent_id = gateway().create_intent(
        charge.order_id, charge.amount, charge.currency, charge.method
    )
    payment = Payment(
        charge.order_id,
        intent_id=intent_id,
        amount=charge.amount,
        currency=charge.currency,
        method=charge.method,
    )
    try:
        payment.save(condition=Payment.intent_id.does_not_exist())
    except PutError as error:
        if not refused_by_condition(error):
            raise
        return Payment.get(charge.order_id, "payment", consistent_read=True)
    return payment


def take_money(payment: Payment) -> Verdict:
    """Captured, or void for ever: a decline voids the intent before anybody acts on it."""
    verdict = gateway().confirm(payment.intent_id)
    if verdict.state != "declined":
        return verdict
    final = gateway().void(payment.intent_id)
    return final if final.state == "captured" else verdict


def call_off(payment: Payment) -> Verdict:
    """Void the intent; "captured" when the money had moved already."""
    return gateway().void(payment.intent_id)


def give_back(payment: Payment) -> str:
    """Refund all that was captured, once. A repeat answers the same refund's id."""
    return payment.refund_id or gateway().refund(payment.intent_id)


def note(transaction: TransactWrite, payment: Payment, state: PaymentState) -> None:
    """Write how far the payment got, together with the move of its order."""
    actions: list[Action] = [Payment.state.set(state)]
    if payment.refund_id:
        actions.append(Payment.refund_id.set(payment.refund_id))
    transaction.update(
        Payment(payment.order_id), actions=actions, condition=Payment.intent_id == payment.intent_id
    )
