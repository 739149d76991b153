"""Payment intents: save the intent's id first, then confirm only that intent.

Idempotent: a lost, repeated or late call cannot charge twice. The model of this protocol and of
three that fail is in ``tests/simulation/models/payment.py``.
"""

from dataclasses import dataclass
from datetime import timedelta

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from app.payments.gateway import (
    IDEMPOTENCY_KEY_LIFETIME,
    InvalidPaymentRequest,
    PaymentOutcome,
    gateway,
)
from app.payments.models import Payment, PaymentState
from app.persistence.dynamodb import creation_actions, update_if


@dataclass(frozen=True)
class ChargeRequest:
    """An amount in cents and the payment method to charge.

    ``order_age`` is the time since the order was placed. ``is_first`` is true for a charge before
    which there cannot be a payment: none is read then, and one that exists nevertheless is kept.
    """

    order_id: str
    amount: int
    currency: str
    method: str
    order_age: timedelta = timedelta()
    is_first: bool = False


def find_payment(order_id: str) -> Payment | None:
    try:
        return Payment.get(order_id, "payment", consistent_read=True)
    except DoesNotExist:
        return None


def ensure_payment_intent(charge: ChargeRequest) -> Payment:
    """Return the order's payment, creating its intent if there is none. Idempotent.

    Of concurrent calls, the first to save its intent wins and all use that intent. Raises
    ``InvalidPaymentRequest`` when the saved amount differs from the requested one.
    """
    known = None if charge.is_first else find_payment(charge.order_id)
    payment = known or _write_intent(charge)
    if (payment.amount, payment.currency) != (charge.amount, charge.currency):
        raise InvalidPaymentRequest(
            f"Order {charge.order_id} and its payment have different amounts."
        )
    return payment


def _earlier_intent(charge: ChargeRequest) -> str | None:
    """The provider's intent of this order, in case that a restored table has lost it.

    While the provider's idempotency key lives, creating an intent returns the first one anyway, so
    only an older order needs this call. Half of its lifetime is left for clocks that differ.
    """
    if charge.order_age < IDEMPOTENCY_KEY_LIFETIME / 2:
        return None
    return gateway().find_intent(charge.order_id)


def _write_intent(charge: ChargeRequest) -> Payment:
    intent_id = _earlier_intent(charge) or gateway().create_intent(
        charge.order_id, charge.amount, charge.currency, charge.method
    )
    payment = Payment(
        charge.order_id,
        intent_id=intent_id,
        amount=charge.amount,
        currency=charge.currency,
        method=charge.method,
    )
    if update_if(payment, creation_actions(payment), Payment.intent_id.does_not_exist()):
        return payment
    return Payment.get(charge.order_id, "payment", consistent_read=True)


def capture_payment(payment: Payment) -> PaymentOutcome:
    """Capture the payment. A declined intent is voided before the decline is returned."""
    outcome = gateway().confirm(payment.intent_id)
    if outcome.state != "declined":
        return outcome
    final = gateway().void(payment.intent_id)
    return final if final.state == "captured" else outcome


def void_payment(payment: Payment) -> PaymentOutcome:
    """Void the intent. The outcome is "captured" if it was captured before."""
    return gateway().void(payment.intent_id)


def refund_payment(payment: Payment) -> str:
    """Refund what is left of the captured amount and return the refund's id. Idempotent.

    Raises ``PaymentDisputed``.
    """
    return payment.refund_id or gateway().refund(payment.intent_id)


def record_payment_state(transaction: TransactWrite, payment: Payment, state: PaymentState) -> None:
    """Add the payment's new state to the transaction of the order's transition."""
    actions: list[Action] = [Payment.state.set(state)]
    if payment.refund_id:
        actions.append(Payment.refund_id.set(payment.refund_id))
    transaction.update(
        Payment(payment.order_id), actions=actions, condition=Payment.intent_id == payment.intent_id
    )
