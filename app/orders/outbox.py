"""The transactional outbox: an event is saved in the same transaction as the change it reports.

https://microservices.io/patterns/data/transactional-outbox.html
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from app.orders.events import OrderEvent, reader_id, write_event
from app.orders.models import EventRow, shard_of, shards
from app.persistence.dynamodb import update_if

# The stream gets this long to publish an event. After that it belongs to the outbox poller.
STREAM_DELAY = timedelta(seconds=60)
MAX_RETRY_MINUTES = 15
MAX_ERROR_CHARS = 500
UNREADABLE_ATTRIBUTES = (
    EventRow.error,
    EventRow.attempts,
    EventRow.retry_at,
    EventRow.unreadable_by,
)


def append(transaction: TransactWrite, event: OrderEvent) -> None:
    """Add the event's row to the transaction: the change and its event are saved together.

    The transaction fails if the event exists already, which means that the order has changed.
    """
    number = event.event_id.removeprefix(f"{event.order_id}-")
    row = EventRow(
        event.order_id,
        f"event#{number}#{event.type}",
        type=event.type,
        body=write_event(event),
        occurred_at=event.occurred_at,
        unpublished=f"unpublished#{shard_of(event.order_id)}",
    )
    transaction.save(row, condition=EventRow.part.does_not_exist())


def mark_published(order_id: str, part: str, *, now: datetime) -> None:
    """Remove the event from the index of unpublished events. Idempotent."""
    _update_unpublished(
        EventRow(order_id, part),
        [
            EventRow.published_at.set(now),
            EventRow.unpublished.remove(),
            *(attribute.remove() for attribute in UNREADABLE_ATTRIBUTES),
        ],
    )


def unpublished_before(before: datetime) -> Iterator[EventRow]:
    """Events that occurred before this time and are not published, oldest first in each shard.

    Those that were marked unreadable are not among them.
    """
    for shard in shards("unpublished"):
        yield from EventRow.by_unpublished.query(
            shard, EventRow.occurred_at < before, page_size=100
        )


def unreadable_events() -> Iterator[EventRow]:
    """Events that were marked unreadable, whether they are due or not."""
    for shard in shards("unreadable"):
        yield from EventRow.by_unpublished.query(shard, page_size=100)


def is_due(row: EventRow, now: datetime) -> bool:
    """Whether to try an unreadable event again: in time, and at once with another reader."""
    return row.retry_at is None or row.retry_at <= now or row.unreadable_by != reader_id()


def mark_unreadable(row: EventRow, error: str, *, now: datetime) -> None:
    """Keep an event that cannot be read, and set when to try it again: 1 to 15 minutes later.

    It stays in the index, in shards of its own, so that it cannot delay readable events.
    """
    attempts = (row.attempts or 0) + 1
    minutes = min(MAX_RETRY_MINUTES, 2 ** min(attempts - 1, MAX_RETRY_MINUTES))
    _update_unpublished(
        row,
        [
            EventRow.unpublished.set(f"unreadable#{shard_of(row.order_id)}"),
            EventRow.error.set(error[:MAX_ERROR_CHARS]),
            EventRow.attempts.set(attempts),
            EventRow.retry_at.set(now + timedelta(minutes=minutes)),
            EventRow.unreadable_by.set(reader_id()),
        ],
    )


def _update_unpublished(row: EventRow, actions: list[Action]) -> None:
    """Change the row, unless the event has been published meanwhile."""
    update_if(row, actions, EventRow.unpublished.exists())
