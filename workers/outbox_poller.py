"""Polling publisher: each minute, publish outbox events that the table's stream did not deliver.

https://microservices.io/patterns/data/polling-publisher.html
"""

from datetime import datetime, timedelta
from typing import Any

from app import clock
from app.aws.sns import publish
from app.observability.logs import log
from app.orders.events import UnreadableEvent, read_event
from app.orders.issues import open_issue
from app.orders.models import EventRow, IssueReason, OrderIssue
from app.orders.outbox import mark_published, mark_unreadable, unpublished_before

STREAM_DELAY = timedelta(seconds=60)  # the stream gets this long to deliver an event first


def handler(event: dict[str, Any], context: Any) -> None:
    now = clock.now()
    count = 0
    for row in unpublished_before(now - STREAM_DELAY):
        if context.get_remaining_time_in_millis() < 5_000:
            break
        _publish(row, now)
        count += 1
    log("outbox_poll", events=count)


def _publish(row: EventRow, now: datetime) -> None:
    try:
        publish(read_event(row.body))
    except UnreadableEvent as error:
        reason = IssueReason.UNREADABLE_EVENT
        issue = OrderIssue(reason, since=now, by="outbox poller", error=str(error))
        open_issue(row.order_id, issue)
        mark_unreadable(row)
    else:
        mark_published(row.order_id, row.part, now=now)
