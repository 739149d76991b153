"""Transactional outbox relay: publish each event from the orders table's stream to SNS.

https://microservices.io/patterns/data/transaction-log-tailing.html
"""

from typing import Any

from app import clock
from app.aws.sns import publish
from app.observability.lambda_context import inject_lambda_context
from app.observability.logs import log, log_error
from app.orders.events import OrderEvent, UnreadableEvent, read_event
from app.orders.outbox import STREAM_DELAY, mark_published


@inject_lambda_context
def handler(event: dict[str, Any], context: object) -> None:
    """Publish, then mark as published. Raises if a service fails, so that Lambda retries the batch.

    A failed event that is older than ``STREAM_DELAY`` is left to the outbox poller together with
    the rest of its batch, so that an outage does not block the stream. A crash between publishing
    and marking publishes the event again with the same event id, by which consumers deduplicate.
    """
    for record in event["Records"]:
        row = record["dynamodb"]["NewImage"]
        body, part = row["body"]["S"], row["part"]["S"]
        try:
            order_event = read_event(body)
        except UnreadableEvent:  # the outbox poller marks it and raises the alarm
            log_error(
                "publish skipped an unreadable event", order_id=row["order_id"]["S"], part=part
            )
            continue
        try:
            publish(order_event, body)
            mark_published(order_event.order_id, part, now=clock.now())
        except Exception as error:
            if not _is_left_to_poller(order_event):
                raise
            log_error("publish left events to the outbox poller", error=type(error).__name__)
            return
    log("publish", events=len(event["Records"]))


def _is_left_to_poller(event: OrderEvent) -> bool:
    return clock.now() - event.occurred_at > STREAM_DELAY
