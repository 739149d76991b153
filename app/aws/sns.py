"""SNS: publishes order events to the topic that all consumers subscribe to."""

from app.aws.clients import client
from app.observability.spans import span
from app.orders.events import OrderEvent
from app.settings import settings


def publish(event: OrderEvent, body: str) -> None:
    """Publish one event. Subscriptions filter by the ``type`` attribute.

    ``body`` is the event's stored text, sent unchanged: it may have fields that only newer code
    knows. A repeat carries the same event id, by which idempotent consumers deduplicate; only its
    attribute ``traceparent`` differs, which is the span of this attempt.
    """
    name, parent = f"publish {event.type}", event.traceparent or ""
    with span(event.order_id, name, kind="PRODUCER", parent=parent, event_id=event.event_id) as it:
        attributes = {
            "type": event.type,
            "version": str(event.version),
            "traceparent": it.traceparent,
        }
        client("sns").publish(
            TopicArn=settings().topic_arn,
            Message=body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
        )
