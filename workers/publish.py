"""Transactional outbox relay: publish each event from the orders table's stream to SNS.

https://microservices.io/patterns/data/transaction-log-tailing.html
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from app import clock
from app.aws.sns import OutgoingEvent, batches, publish_batch
from app.observability.lambda_context import inject_lambda_context
from app.observability.logs import log, log_error
from app.orders.events import UnreadableEvent, read_event
from app.orders.outbox import STREAM_DELAY, mark_published


@inject_lambda_context
def handler(event: dict[str, Any], context: object) -> None:
    """Publish, then mark as published. Raises if a service fails, so that Lambda retries the batch.

    Failed events that are older than ``STREAM_DELAY`` are left to the outbox poller together with
    the rest of their batch, so that an outage does not block the stream. A crash between publishing
    and marking publishes events again with the same event ids, by which consumers deduplicate.
    """
    for batch in batches(_readable(event["Records"])):
        try:
            _publish(batch)
        except Exception as error:
            if not all(map(_is_left_to_poller, batch)):
                raise
            log_error("publish left events to the outbox poller", error=type(error).__name__)
            return
    log("publish", events=len(event["Records"]))


def _readable(records: Iterable[dict[str, Any]]) -> Iterator[OutgoingEvent]:
    for record in records:
        row = record["dynamodb"]["NewImage"]
        body, part = row["body"]["S"], row["part"]["S"]
        try:
            yield OutgoingEvent(read_event(body), body, part)
        except UnreadableEvent:  # the outbox poller marks it and raises the alarm
            log_error(
                "publish skipped an unreadable event", order_id=row["order_id"]["S"], part=part
            )


def _publish(batch: Sequence[OutgoingEvent]) -> None:
    """Raises for events that SNS refused, after those that it accepted are marked."""
    refused = publish_batch(batch)
    for it in batch:
        if it.event.event_id not in refused:
            mark_published(it.event.order_id, it.part, now=clock.now())
    if refused:
        raise next(iter(refused.values()))


def _is_left_to_poller(outgoing: OutgoingEvent) -> bool:
    return clock.now() - outgoing.event.occurred_at > STREAM_DELAY
