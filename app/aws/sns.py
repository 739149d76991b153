"""Publishing events to the topic: the only way out of an order's partition."""

from app.aws.clients import client
from app.orders.events import OrderEvent, write_event
from app.settings import settings


def publish(event: OrderEvent) -> None:
    """Send one event to all who subscribed to its type. A repeat has the same event id."""
    attributes = {"type": event.type, "version": str(event.version)}
    client("sns").publish(
        TopicArn=settings().topic_arn,
        Message=write_event(event),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        },
    )
