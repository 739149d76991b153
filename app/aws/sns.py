"""SNS: publishes order events to the topic that all consumers subscribe to, ten in a request."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from app.aws.clients import client
from app.observability.spans import span
from app.observability.trace_context import SpanContext
from app.orders.events import OrderEvent
from app.settings import settings

# https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
MAX_ENTRIES, MAX_BATCH_BYTES = 10, 256 * 1024
MAX_ATTRIBUTES_BYTES = 500  # of one message: names, types and values
NOT_ANSWERED = "NotAnswered"  # neither accepted nor refused, so it counts as not published


@dataclass(frozen=True)
class OutgoingEvent:
    """An event to publish, its stored text, and the sort key of its row in the outbox.

    The text is sent unchanged: it may have fields that only newer code knows.
    """

    event: OrderEvent
    body: str
    part: str


class EntryRefused(Exception):
    """SNS did not accept this message of a batch; the text is SNS's error code, or NOT_ANSWERED."""


def batches(events: Iterable[OutgoingEvent]) -> Iterator[list[OutgoingEvent]]:
    """The events in batches that one request can have, by their number and size."""
    batch, size = list[OutgoingEvent](), 0
    for it in events:
        added = len(it.body.encode()) + MAX_ATTRIBUTES_BYTES
        if batch and (len(batch) == MAX_ENTRIES or size + added > MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(it)
        size += added
    if batch:
        yield batch


def publish_batch(batch: Sequence[OutgoingEvent]) -> dict[str, EntryRefused]:
    """Publish one of the ``batches``. Returns the events that SNS did not accept, by their ids.

    Raises the client's error if the whole request failed. Subscriptions filter by the ``type``
    attribute. A repeat carries the same event ids, by which idempotent consumers deduplicate; only
    the attribute ``traceparent`` differs, which is the span of this attempt.
    """
    refused: dict[str, EntryRefused] = {}
    with ExitStack() as spans:
        contexts = [spans.enter_context(_producer_span(it.event, refused)) for it in batch]
        response = client("sns").publish_batch(
            TopicArn=settings().topic_arn,
            PublishBatchRequestEntries=[
                _entry(number, it, context)
                for number, (it, context) in enumerate(zip(batch, contexts, strict=True))
            ],
        )
        accepted = {it["Id"] for it in response.get("Successful", ())}
        codes = {it["Id"]: it["Code"] for it in response.get("Failed", ())}
        for number, it in enumerate(batch):
            if (entry := str(number)) not in accepted:
                refused[it.event.event_id] = EntryRefused(codes.get(entry, NOT_ANSWERED))
    return refused


@contextmanager
def _producer_span(event: OrderEvent, refused: dict[str, EntryRefused]) -> Iterator[SpanContext]:
    """The span of one event, which fails if SNS does not accept that event."""
    name, parent = f"publish {event.type}", event.traceparent or ""
    with (
        suppress(EntryRefused),
        span(event.order_id, name, kind="PRODUCER", parent=parent, event_id=event.event_id) as it,
    ):
        yield it
        if event.event_id in refused:
            raise refused[event.event_id]


def _entry(number: int, outgoing: OutgoingEvent, context: SpanContext) -> dict[str, Any]:
    attributes = {
        "type": outgoing.event.type,
        "version": str(outgoing.event.version),
        "traceparent": context.traceparent,
    }
    return {
        "Id": str(number),
        "Message": outgoing.body,
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        },
    }
