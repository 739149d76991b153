"""Idempotent consumer: deduplicate events, so that processing one twice has its effect once.

https://microservices.io/patterns/communication-style/idempotent-consumer.html
"""

from collections.abc import Callable
from datetime import datetime

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from app.persistence.dynamodb import (
    OrderPart,
    creation_actions,
    failed_conditions,
    retrying_transaction,
    update_if,
)


class ProcessedEvent(OrderPart, discriminator="processed"):
    """Records that a consumer has processed an event of this order."""

    at = UTCDateTimeAttribute(null=True)


class EmailDelivery(OrderPart, discriminator="email"):
    """The delivery of the email about an event to one recipient: the send lease, and the result.

    Each recipient has a row, so that one address that is refused concerns no other. ``skipped``
    is "outdated", "limited" or "refused" if no email was sent and none will be. The class is
    declared here, because reading an order's partition needs the classes of all its rows.
    """

    lease_id = UnicodeAttribute(null=True)
    lease_until = UTCDateTimeAttribute(null=True)
    sent = BooleanAttribute(default=False)
    skipped = UnicodeAttribute(null=True)
    at = UTCDateTimeAttribute(null=True)


def processed_key(consumer: str, event_id: str) -> str:
    """The sort key of the row that records that a consumer has processed an event."""
    return f"processed#{consumer}#{event_id}"


def email_delivery_key(event_id: str, recipient: str = "") -> str:
    """The sort key of the row that records the delivery of an email about an event.

    ``recipient`` is a hash, since a key must hold no personal data. Without it, this is the
    beginning of the keys of all recipients.
    """
    return f"email#{event_id}#{recipient}"


def process_once(
    consumer: str,
    event_id: str,
    order_id: str,
    write: Callable[[TransactWrite], None],
    *,
    now: datetime,
) -> bool:
    """Run ``write`` in a transaction that also records the event as processed.

    Returns False, and writes nothing, if the consumer had processed the event before.
    """
    processed = ProcessedEvent(order_id, processed_key(consumer, event_id), at=now)
    is_new = ProcessedEvent.order_id.does_not_exist()
    try:
        with retrying_transaction() as transaction:
            transaction.update(processed, creation_actions(processed), is_new)
            write(transaction)
    except TransactWriteError as error:
        if any(failed_conditions(error)[:1]):
            return False
        raise
    return True


def mark_processed(consumer: str, event_id: str, order_id: str, *, now: datetime) -> None:
    """Record an event as processed, after its effect. A repeat keeps the time of the first call.

    This is for consumers whose effect is naturally idempotent: a repeat overwrites the same rows.
    """
    processed = ProcessedEvent(order_id, processed_key(consumer, event_id), at=now)
    update_if(processed, creation_actions(processed), ProcessedEvent.order_id.does_not_exist())
