"""Polling publisher: each minute, publish outbox events that the table's stream did not deliver.

https://microservices.io/patterns/data/polling-publisher.html
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from app import clock
from app.aws.sns import publish
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


@inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Publish overdue events, then try again those that could not be read.

    No event is ever dropped. One that is unreadable, for example after a rollback, is kept and
    raises an alarm until code that can read it is deployed. One that a service refuses does not
    stop the others; the error is raised after them.
    """
    now = clock.now()
    events, unreadable, errors = 0, set[str](), list[Exception]()
    for row in _while_time_remains(unpublished_before(now - STREAM_DELAY), context):
        events += 1
        if not _attempt(row, now, errors):
            unreadable.add(f"{row.order_id} {row.part}")
    for row in _while_time_remains(unreadable_events(), context):
        if not (is_due(row, now) and _attempt(row, now, errors)):
            unreadable.add(f"{row.order_id} {row.part}")
    log("outbox_poll", events=events, unreadable=len(unreadable))
    if errors:
        raise errors[0]
    return {"events": events, "unreadable": len(unreadable)}


def _while_time_remains(rows: Iterable[EventRow], context: Any) -> Iterator[EventRow]:
    for row in rows:
        if context.get_remaining_time_in_millis() < 5_000:
            return
        yield row


def _attempt(row: EventRow, now: datetime, errors: list[Exception]) -> bool:
    """Like ``_publish``, but an error is added to the list instead of raised."""
    try:
        return _publish(row, now)
    except Exception as error:
        log_error(
            "publish failed", order_id=row.order_id, part=row.part, error=type(error).__name__
        )
        errors.append(error)
        return True


def _publish(row: EventRow, now: datetime) -> bool:
    """Publish the event; returns False if it is unreadable."""
    try:
        event = read_event(row.body)
    except UnreadableEvent as error:
        mark_unreadable(row, str(error), now=now)
        log_error("unreadable event", order_id=row.order_id, part=row.part, error=str(error))
        return False
    publish(event, row.body)
    mark_published(row.order_id, row.part, now=now)
    return True
