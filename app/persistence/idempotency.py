"""Idempotent consumer: deduplicate events, so that processing one twice has its effect once.

https://microservices.io/patterns/communication-style/idempotent-consumer.html
"""

import hashlib

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute

from app.persistence.dynamodb import OrderPart


class ProcessedEvent(OrderPart, discriminator="processed"):
    """Records that analytics or inventory has processed an event of this order.

    Nothing writes it any more: their effects say so themselves, see ``consumer_records``. Orders of
    earlier versions have these rows, and during a deployment earlier code still writes some.
    """

    at = UTCDateTimeAttribute(null=True)


class EmailDelivery(OrderPart, discriminator="email"):
    """The delivery of the email about an event to one recipient: the send lease, and the result.

    Each recipient has a row, so that one address that is refused concerns no other. ``skipped``
    is "outdated", "limited" or "refused" if no email was sent and none will be. Of a sent email
    that came back it is "bounced", or "complained" if its reader called it spam. The class is
    declared here, because reading an order's partition needs the classes of all its rows.
    """

    lease_id = UnicodeAttribute(null=True)
    lease_until = UTCDateTimeAttribute(null=True)
    sent = BooleanAttribute(default=False)
    skipped = UnicodeAttribute(null=True)
    at = UTCDateTimeAttribute(null=True)


def email_delivery_key(event_id: str, recipient: str = "") -> str:
    """The sort key of the row that records the delivery of an email about an event.

    ``recipient`` is a ``recipient_hash``, since a key must hold no personal data. Without it, this
    is the beginning of the keys of all recipients.
    """
    return f"email#{event_id}#{recipient}"


def recipient_hash(order_id: str, address: str) -> str:
    """Identifies a recipient within one order, without the address itself.

    It is logged, so it is shorter than any payment card number: 16 hex digits are sometimes 16
    decimal digits, which a log scanner reports.
    ``printf '%s' 'ORDER_ID ADDRESS' | sha256sum | cut -c1-12`` prints the same.
    """
    return hashlib.sha256(f"{order_id} {address}".encode()).hexdigest()[:12]
