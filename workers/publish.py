"""Transactional outbox relay: publish each event from the orders table's stream to SNS.

https://microservices.io/patterns/data/transaction-log-tailing.html
"""

from typing import Any

from app import clock
from app.aws.sns import publish
from app.observability.logs import log
from app.orders.events import read_event
from app.orders.outbox import mark_published


def handler(event: dict[str, Any], context: object) -> None:
    """Publish, then mark as published. Raises if SNS fails, so that Lambda retries the batch.

    A crash between the two publishes the event again with the same event id, by which consumers
    deduplicate.
    """
    for record in event["Records"]:
        row = record["dynamodb"]["NewImage"]
        order_event = read_event(row["body"]["S"])
        publish(order_event)
        mark_published(order_event.order_id, row["part"]["S"], now=clock.now())
    log("publish", events=len(event["Records"]))
