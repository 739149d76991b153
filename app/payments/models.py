"""The payment rows in an order's partition: intent, amount in cents, state; and webhook events."""

from enum import StrEnum

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

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
    # A capture is recorded by the status of the order: `payment_state` in `app/orders/queries.py`.
    state = UnicodeAttribute(default=PaymentState.PENDING)
    refund_id = UnicodeAttribute(null=True)
    dispute = UnicodeAttribute(null=True)  # "open", "won" or "lost", as the provider says


class WebhookEvent(OrderPart, discriminator="webhook"):
    """Records that an event of the provider has been followed, by its id."""

    type = UnicodeAttribute()
    at = UTCDateTimeAttribute()


def webhook_event_key(event_id: str) -> str:
    """The sort key of the row that records a webhook's event."""
    return f"webhook#{event_id}"
