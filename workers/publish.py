"""Publish each event that the orders table's stream hands over, then mark it as published."""

from typing import Any

from app import clock
from app.aws.sns import publish
from app.observability.logs import log
from app.orders.events import read_event
from app.orders.outbox import mark_published


def handler(batch: dict[str, Any], _context: object) -> None:
    """Raises when SNS does not take one, so that the stream brings the batch again.

    Dying between publishing and marking publishes twice; the copies carry the same event id.
    """
    for record in batch["Records"]:
        row = record["dynamodb"]["NewImage"]
        event = read_event(row["body"]["S"])
        publish(event)
        mark_published(event.order_id, row["part"]["S"], now=clock.now())
    log("publish", events=len(batch["Records"]))
