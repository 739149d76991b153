"""The transactional outbox: an event is saved in the same transaction as the change it reports.

https://microservices.io/patterns/data/transactional-outbox.html
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from app.observability.spans import enter_order
from app.orders.events import (
    OrderEvent,
    OrderPlaced,
    UnreadableEvent,
    read_event,
    reader_id,
    write_event,
)
from app.orders.models import EventRow, shard_of, shards
from app.orders.numbers import read_order_id
from app.persistence.dynamodb import creation_actions, update_if

# The stream gets this long to publish an event. After that it belongs to the outbox poller.
STREAM_DELAY = timedelta(seconds=60)
MAX_RETRY_MINUTES = 15
MAX_ERROR_CHARS = 500
MAX_SORT_KEY_BYTES = 1_024
# What a consumer reads of a row, and may read by its role: no personal data of an order.
CONSUMER_ATTRIBUTES = ("order_id", "part", "kind", "body")
UNREADABLE_ATTRIBUTES = (
    EventRow.error,
    EventRow.attempts,
    EventRow.retry_at,
    EventRow.unreadable_by,
)


class NotInOutbox(Exception):
    """The outbox has no such event, or another one with its id: a permanent failure.

    An event is in the outbox before it is published, so its message was invented or altered, or it
    was published before the table was restored to an earlier time. The text has no personal data.
    """


def append(transaction: TransactWrite, event: OrderEvent) -> None:
    """Add the event's row to the transaction: the change and its event are saved together.

    The transaction fails if the event exists already, which means that the order has changed. The
    event continues the order's trace; the one that begins it names the root, in each attempt.
    """
    if not isinstance(event, OrderPlaced):
        event = replace(event, traceparent=enter_order(event.order_id).traceparent)
    row = EventRow(
        event.order_id,
        _part(event),
        type=event.type,
        body=write_event(event),
        occurred_at=event.occurred_at,
        unpublished=f"unpublished#{shard_of(event.order_id)}",
    )
    transaction.update(row, actions=creation_actions(row), condition=EventRow.part.does_not_exist())


def _part(event: OrderEvent) -> str:
    """The sort key of the event's row."""
    number = event.event_id.removeprefix(f"{event.order_id}-")
    return f"event#{number}#{event.type}"


def require_in_outbox(event: OrderEvent) -> None:
    """Raise ``NotInOutbox`` unless the outbox has this event with the same content.

    A message alone proves nothing: each sender to the queue can write one. This is one
    eventually consistent read in nearly all cases, at half the price of a consistent one: the body
    of a row never changes, so the one that is found is the present one. Only a row that is not
    found is read again, consistently.
    """
    if not _has_valid_keys(event):
        raise NotInOutbox("The outbox cannot have an event with these ids.")
    require_match(event, _find_rows(event))


def require_match(event: OrderEvent, rows: Iterable[EventRow]) -> None:
    """Raise ``NotInOutbox`` unless one of these rows of the outbox has the event.

    The events are compared as this code reads them: fields that only newer code knows are ignored,
    as they are by the consumers.
    """
    stored = next((row for row in rows if row.part == _part(event)), None)
    if stored is None:
        raise NotInOutbox("The outbox has no such event.")
    try:
        is_same = read_event(stored.body) == event
    except UnreadableEvent:
        is_same = False
    if not is_same:
        raise NotInOutbox("The outbox has this event with other content.")


def _has_valid_keys(event: OrderEvent) -> bool:
    """Whether the row's keys are some that ``append`` can write, and DynamoDB can read."""
    return (
        read_order_id(event.order_id) == event.order_id
        and event.event_id.startswith(f"{event.order_id}-")
        and len(_part(event).encode()) <= MAX_SORT_KEY_BYTES
    )


def _find_rows(event: OrderEvent) -> Iterator[EventRow]:
    for is_consistent in (False, True):
        try:
            yield EventRow.get(
                event.order_id,
                _part(event),
                consistent_read=is_consistent,
                attributes_to_get=[*CONSUMER_ATTRIBUTES],  # no other sequence works
            )
        except DoesNotExist:
            continue


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
