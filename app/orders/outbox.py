"""Telling what happened: an event is written together with the change it reports."""

from collections.abc import Iterator
from datetime import datetime

from pynamodb.exceptions import UpdateError
from pynamodb.transactions import TransactWrite

from app.orders.events import OrderEvent, write_event
from app.orders.models import EventRow, shard_of, shards
from app.persistence.dynamodb import refused_by_condition


def tell(transaction: TransactWrite, event: OrderEvent) -> None:
    """Write the event with the change it reports: both, or neither.

    Refused when it was told before, which means the order has moved on.
    """
    place = event.event_id.removeprefix(f"{event.order_id}-")
    row = EventRow(
        event.order_id,
        f"event#{place}#{event.type}",
        type=event.type,
        body=write_event(event),
        occurred_at=event.occurred_at,
        pending=f"pending#{shard_of(event.order_id)}",
    )
    transaction.save(row, condition=EventRow.part.does_not_exist())


def mark_published(order_id: str, part: str, *, now: datetime) -> None:
    """Done once; a repeat changes nothing."""
    try:
        EventRow(order_id, part).update(
            actions=[EventRow.published_at.set(now), EventRow.pending.remove()],
            condition=EventRow.pending.exists(),
        )
    except UpdateError as error:
        if not refused_by_condition(error):
            raise


def overdue(before: datetime) -> Iterator[EventRow]:
    """Events that should have been published by now, oldest first in each shard."""
    for shard in shards("pending"):
        yield from EventRow.by_pending.query(shard, EventRow.occurred_at < before, page_size=100)


def give_up(row: EventRow) -> None:
    """Stop trying to publish an event that can never be read; the case tells why."""
    row.update(actions=[EventRow.pending.remove()])
