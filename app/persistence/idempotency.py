"""Remembering that a consumer has seen an event, together with what it did about it."""

from collections.abc import Callable
from datetime import datetime

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.exceptions import PutError, TransactWriteError
from pynamodb.transactions import TransactWrite

from app.persistence.dynamodb import (
    OrderPart,
    refused_by_condition,
    refused_writes,
    writing_together,
)


class Seen(OrderPart, discriminator="seen"):
    """A consumer has handled an event of this order."""

    at = UTCDateTimeAttribute(null=True)


class SentLetter(OrderPart, discriminator="letter"):
    """A letter's claim: who is sending it and until when, and whether it has gone out."""

    claim = UnicodeAttribute(null=True)
    lease_until = UTCDateTimeAttribute(null=True)
    sent = BooleanAttribute(default=False)
    at = UTCDateTimeAttribute(null=True)


def mark_of(consumer: str, event_id: str) -> str:
    """The part under which a consumer notes that it has seen an event."""
    return f"seen#{consumer}#{event_id}"


def once(
    consumer: str,
    event_id: str,
    order_id: str,
    write: Callable[[TransactWrite], None],
    *,
    now: datetime,
) -> bool:
    """Let ``write`` add its effect to a transaction that also marks the event as seen.

    The effect happens exactly once however often the event arrives; False when it had happened.
    """
    mark = Seen(order_id, mark_of(consumer, event_id), at=now)
    try:
        with writing_together() as transaction:
            transaction.save(mark, condition=Seen.order_id.does_not_exist())
            write(transaction)
    except TransactWriteError as error:
        if any(refused_writes(error)[:1]):
            return False
        raise
    return True


def mark_seen(consumer: str, event_id: str, order_id: str, *, now: datetime) -> None:
    """For a consumer whose effect a repeat only writes over: noted after it, and the first time."""
    try:
        Seen(order_id, mark_of(consumer, event_id), at=now).save(
            condition=Seen.order_id.does_not_exist()
        )
    except PutError as error:
        if not refused_by_condition(error):
            raise
