"""SNS: publishes order events to the topic that all consumers subscribe to."""

from app.aws.clients import client
from app.orders.events import OrderEvent, write_event
from app.settings import settings


def publish(event: OrderEvent) -> None:
    """Publish one event. Subscriptions filter by the ``type`` attribute.

    A repeat carries the same event id, by which idempotent consumers deduplicate.
    """
    attributes = {"type": event.type, "version": str(event.version)}
    client("sns").publish(
        TopicArn=settings().topic_arn,
        Message=write_event(event),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        },
    )
