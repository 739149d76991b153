"""The payment row in an order's partition: intent, amount in cents, and state."""

from enum import StrEnum

from pynamodb.attributes import UnicodeAttribute

from app.persistence.dynamodb import IntegerAttribute, OrderPart


class PaymentState(StrEnum):
    PENDING = "pending"
    CAPTURED = "captured"
    VOIDED = "voided"
    REFUNDED = "refunded"


class Payment(OrderPart, discriminator="payment"):
    """The one payment of an order. ``intent_id`` never changes, which prevents a double charge."""

    part = UnicodeAttribute(range_key=True, default="payment")
    intent_id = UnicodeAttribute()
    amount = IntegerAttribute()
    currency = UnicodeAttribute()
    method = UnicodeAttribute()
    state = UnicodeAttribute(default=PaymentState.PENDING)
    refund_id = UnicodeAttribute(null=True)
