"""The sandbox provider's dashboard: changes that no call of ours made, and the event of each.

At a real provider, people and banks make them. Each function returns the body of the webhook.
"""

from collections.abc import Callable
from datetime import datetime

import msgspec
from pynamodb.expressions.update import Action
from ulid import ULID

from app.payments.fake_gateway import FakePaymentGateway, Intent, a_refund, append_refund

type Change = Callable[..., bytes]

DASHBOARD = "dashboard"  # in ``ProviderRefund.by``
BANK = "bank"  # in ``Intent.captured_by``: after the intent was voided


def capture_late(order_id: str, *, now: datetime) -> bytes:
    """The bank captures the payment after all, even if the intent was voided."""
    changes = [Intent.state.set("captured")]
    if _intent_of(order_id).state == "void":
        changes.append(Intent.captured_by.set(BANK))
    intent = _change(order_id, *changes)
    return _event("payment_intent.succeeded", intent, {"id": intent.id}, now)


def refund_payment(order_id: str, *, now: datetime, cents: int | None = None) -> bytes:
    """Someone refunds the rest of the payment, or ``cents`` of it if so much is left."""
    intent = _charge_of(order_id)
    amount = min(cents or intent.refundable, intent.refundable)
    if amount:
        refund = a_refund(amount, at=now, by=DASHBOARD)
        append_refund(intent, refund, Intent.record_id.exists())
    return _event("charge.refunded", intent, {"id": f"ch_{intent.id}"}, now)


def open_dispute(order_id: str, *, now: datetime) -> bytes:
    """The customer disputes the payment at their bank (chargeback)."""
    _charge_of(order_id)
    intent = _change(order_id, Intent.dispute.set("open"))
    return _event("charge.dispute.created", intent, {"id": f"dp_{intent.id}"}, now)


def close_dispute(order_id: str, *, won: bool, now: datetime) -> bytes:
    """The bank decides for the shop (``won``), or keeps the money."""
    _charge_of(order_id)
    intent = _change(order_id, Intent.dispute.set("won" if won else "lost"))
    return _event("charge.dispute.closed", intent, {"id": f"dp_{intent.id}"}, now)


def _intent_of(order_id: str) -> Intent:
    intent_id = FakePaymentGateway().find_intent(order_id)
    if intent_id is None:
        raise LookupError(f"The payment provider has no payment of order {order_id}.")
    return Intent.get(f"intent#{intent_id}", consistent_read=True)


def _charge_of(order_id: str) -> Intent:
    intent = _intent_of(order_id)
    if intent.state != "captured":
        raise LookupError(f"The payment of order {order_id} was never captured.")
    return intent


def _change(order_id: str, *actions: Action) -> Intent:
    intent = _intent_of(order_id)
    intent.update(actions=list(actions))
    return intent


def _event(type_: str, intent: Intent, subject: dict[str, str], now: datetime) -> bytes:
    """An event in the shape of Stripe's: https://docs.stripe.com/api/events/object"""
    kind = type_.rpartition(".")[0].rpartition(".")[2]
    data = {
        "object": kind,
        "payment_intent": intent.id,
        "metadata": {"order_id": intent.order_id},
        "amount": intent.amount,
        **subject,
    }
    return msgspec.json.encode(
        {
            "id": f"evt_{ULID()}",
            "object": "event",
            "type": type_,
            "created": int(now.timestamp()),
            "data": {"object": data},
        }
    )
