"""Each minute, publish the events that the stream should have brought and did not."""

from datetime import datetime, timedelta
from typing import Any

from app import clock
from app.aws.sns import publish
from app.observability.logs import log
from app.orders.compensation import open_case
from app.orders.events import NotAnEvent, read_event
from app.orders.models import EventRow
from app.orders.outbox import give_up, mark_published, overdue

GRACE = timedelta(seconds=60)


def handler(_schedule: dict[str, Any], context: Any) -> None:
    now = clock.now()
    count = 0
    for row in overdue(now - GRACE):
        if context.get_remaining_time_in_millis() < 5_000:
            break
        _publish(row, now)
        count += 1
    log("sweep", events=count)


def _publish(row: EventRow, now: datetime) -> None:
    try:
        publish(read_event(row.body))
    except NotAnEvent as reason:
        open_case(row.order_id, f"An event cannot be published: {reason}", "sweeper", now=now)
        give_up(row)
    else:
        mark_published(row.order_id, row.part, now=now)
