"""The payment's row in the order's partition: which intent, how much, and how far it got."""

from enum import StrEnum

from pynamodb.attributes import UnicodeAttribute

from app.persistence.dynamodb import OrderPart, WholeAttribute


class PaymentState(StrEnum):
    PENDING = "pending"
    CAPTURED = "captured"
    VOIDED = "voided"
    REFUNDED = "refunded"


class Payment(OrderPart, discriminator="payment"):
    """``intent_id`` is written once and never changed: that is why nobody is charged twice."""

    part = UnicodeAttribute(range_key=True, default="payment")
    intent_id = UnicodeAttribute()
    amount = WholeAttribute()
    currency = UnicodeAttribute()
    method = UnicodeAttribute()
    state = UnicodeAttribute(default=PaymentState.PENDING)
    refund_id = UnicodeAttribute(null=True)
