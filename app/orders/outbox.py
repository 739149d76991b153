"""The transactional outbox: an event is saved in the same transaction as the change it reports.

https://microservices.io/patterns/data/transactional-outbox.html
"""

from collections.abc import Iterator
from datetime import datetime

from pynamodb.exceptions import UpdateError
from pynamodb.transactions import TransactWrite

from app.orders.events import OrderEvent, write_event
from app.orders.models import EventRow, shard_of, shards
from app.persistence.dynamodb import is_condition_failure


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
    try:
        EventRow(order_id, part).update(
            actions=[EventRow.published_at.set(now), EventRow.unpublished.remove()],
            condition=EventRow.unpublished.exists(),
        )
    except UpdateError as error:
        if not is_condition_failure(error):
            raise


def unpublished_before(before: datetime) -> Iterator[EventRow]:
    """Events that occurred before this time and are not published, oldest first in each shard."""
    for shard in shards("unpublished"):
        yield from EventRow.by_unpublished.query(
            shard, EventRow.occurred_at < before, page_size=100
        )


def mark_unreadable(row: EventRow) -> None:
    """Stop publishing an event that cannot be decoded; the order's issue has the reason."""
    row.update(actions=[EventRow.unpublished.remove()])
