"""Polling publisher: each minute, publish outbox events that the table's stream did not deliver.

https://microservices.io/patterns/data/polling-publisher.html
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import batched
from typing import Any

from app import clock
from app.aws.sns import MAX_ENTRIES, OutgoingEvent, batches, publish_batch
from app.observability.lambda_context import inject_lambda_context
from app.observability.logs import log, log_error
from app.orders.events import UnreadableEvent, read_event
from app.orders.models import EventRow
from app.orders.outbox import (
    STREAM_DELAY,
    is_due,
    mark_published,
    mark_unreadable,
    unpublished_before,
    unreadable_events,
)

type Errors = list[Exception]


@inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Publish overdue events, then try again those that could not be read.

    No event is ever dropped. One that is unreadable, for example after a rollback, is kept and
    raises an alarm until code that can read it is deployed. One that a service refuses does not
    stop the others; the error is raised after them.
    """
    now = clock.now()
    events, unreadable, errors = 0, set[str](), list[Exception]()
    overdue = _while_time_remains(unpublished_before(now - STREAM_DELAY), context)
    for rows in batched(overdue, MAX_ENTRIES):
        events += len(rows)
        unreadable |= _publish_readable(rows, now, errors)
    for row in _while_time_remains(unreadable_events(), context):
        unreadable |= _publish_readable([row], now, errors) if is_due(row, now) else {_key(row)}
    log("outbox_poll", events=events, unreadable=len(unreadable))
    if errors:
        raise errors[0]
    return {"events": events, "unreadable": len(unreadable)}


def _while_time_remains(rows: Iterable[EventRow], context: Any) -> Iterator[EventRow]:
    for row in rows:
        if context.get_remaining_time_in_millis() < 5_000:
            return
        yield row


def _publish_readable(rows: Sequence[EventRow], now: datetime, errors: Errors) -> set[str]:
    """Publish the events, and return the keys of the unreadable ones, which are marked so."""
    readable, unreadable = list[OutgoingEvent](), set[str]()
    for row in rows:
        try:
            readable.append(OutgoingEvent(read_event(row.body), row.body, row.part))
        except UnreadableEvent as error:
            unreadable.add(_key(row))
            log_error("unreadable event", order_id=row.order_id, part=row.part, error=str(error))
            with _collected(errors):
                mark_unreadable(row, str(error), now=now)
    for batch in batches(readable):
        with _collected(errors):
            _publish(batch, now, errors)
    return unreadable


def _publish(batch: Sequence[OutgoingEvent], now: datetime, errors: Errors) -> None:
    """Mark those that SNS accepted; an error of one event does not stop the others."""
    refused = publish_batch(batch)
    for it in batch:
        with _collected(errors, order_id=it.event.order_id, part=it.part):
            if error := refused.get(it.event.event_id):
                raise error
            mark_published(it.event.order_id, it.part, now=now)


@contextmanager
def _collected(errors: Errors, **fields: str) -> Iterator[None]:
    """Log an error of the block and add it to the list, instead of raising it."""
    try:
        yield
    except Exception as error:
        log_error("publish failed", error=type(error).__name__, **fields)
        errors.append(error)


def _key(row: EventRow) -> str:
    return f"{row.order_id} {row.part}"
