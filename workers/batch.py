"""Process a batch of SQS messages: one failing message does not affect the others.

Partial batch response:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from app import clock
from app.aws.sqs import delay_retry, send_to_dlq
from app.observability.logs import log, log_error
from app.observability.spans import span
from app.observability.trace_context import SpanContext
from app.orders.events import OrderEvent, UnreadableEvent, read_event
from app.orders.outbox import NotInOutbox, require_in_outbox
from workers.retry_policy import (
    MAX_MESSAGE_AGE,
    backoff_seconds,
    event_of,
    is_permanent_failure,
    is_too_old,
)

# With less time left, the remaining messages return to the queue: one AWS call with all its
# retries must still fit.
MIN_REMAINING_MS = 16_000
MAX_REASON_CHARS = 180
EXPLAINED = (UnreadableEvent, NotInOutbox)  # errors whose text is the reason of a dead letter

type Record = dict[str, Any]
type Process[T] = Callable[[T], object]


def process_events(
    batch: dict[str, Any], context: Any, process: Process[OrderEvent], *, worker: str
) -> dict[str, Any]:
    """Call ``process`` for each order event of the batch, as ``process_batch`` does.

    An event that the outbox does not have changes nothing and goes to the dead-letter queue.
    """

    def process_if_in_outbox(event: OrderEvent) -> None:
        require_in_outbox(event)
        process(event)

    return process_batch(batch, context, process_if_in_outbox, read=read_order_event, worker=worker)


def process_batch[T](
    batch: dict[str, Any],
    context: Any,
    process: Process[T],
    *,
    read: Callable[[Record], T],
    worker: str,
) -> dict[str, Any]:
    """Call ``process`` for each message, and return the ids of those to be delivered again.

    A message whose processing raises is retried with exponential backoff for three days. After
    that it goes to the dead-letter queue with its reason. Permanent failures go there at once.
    Messages that were received most often come last, so that one that crashes the function does
    not keep the others from being processed.
    """
    failed: list[str] = []
    for record in sorted(batch["Records"], key=_receive_count):
        out_of_time = context.get_remaining_time_in_millis() < MIN_REMAINING_MS
        if out_of_time or not _is_done(record, process, read, worker):
            failed.append(record["messageId"])
    log(worker, events=len(batch["Records"]), failed=len(failed))
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _is_done[T](
    record: Record, process: Process[T], read: Callable[[Record], T], worker: str
) -> bool:
    """Process a message. Returns whether SQS may delete it."""
    message: T | None = None
    try:
        message = read(record)
        with _message_span(record, message, worker):
            process(message)
    except Exception as error:  # any other exception would lose the message
        return _handle_failure(record, message, error, worker)
    return True


def _message_span(
    record: Record, message: object, worker: str
) -> AbstractContextManager[SpanContext | None]:
    """A span for an order event: each attempt is a child of the message's publication."""
    event = event_of(message)
    if event is None:
        return nullcontext()
    sent = record.get("messageAttributes", {}).get("traceparent", {}).get("stringValue")
    return span(
        event.order_id,
        f"{worker} {event.type}",
        kind="CONSUMER",
        parent=sent or event.traceparent or "",
        event_id=event.event_id,
        attempt=_receive_count(record),
    )


def _handle_failure(record: Record, message: object, error: Exception, worker: str) -> bool:
    attempt, name = _receive_count(record), _error_name(error)
    log_error(f"{worker} failed", error=name, attempt=attempt, **_event_fields(message))
    # The text of an error may contain personal data; its class does not.
    reason = str(error)[:MAX_REASON_CHARS] if isinstance(error, EXPLAINED) else name
    if is_permanent_failure(error):
        return _move_to_dlq(record, name, with_attempts(reason, attempt), worker)
    if is_too_old(record, message, now=clock.now()):
        reason = f"{with_attempts(reason, attempt)} in {MAX_MESSAGE_AGE.days} days"
        return _move_to_dlq(record, name, reason, worker)
    delay_retry(backoff_seconds(attempt), record["receiptHandle"])
    return False


def with_attempts(reason: str, attempts: int) -> str:
    """The reason of a dead-letter message. ``infra/ops/dead_letters`` reads the number in it."""
    return f"{reason.removesuffix('.')}, after {attempts} attempt{'' if attempts == 1 else 's'}"


def _move_to_dlq(record: Record, error_name: str, reason: str, worker: str) -> bool:
    try:
        send_to_dlq(record["body"], reason, record.get("messageAttributes", {}))
    except Exception as error:  # the message stays in its queue, and the next attempt moves it
        log_error(f"{worker} failed", error=_error_name(error))
        return False
    log_error(f"{worker} moved a message to the dead-letter queue", reason=error_name)
    return True


def _receive_count(record: Record) -> int:
    return int(record["attributes"]["ApproximateReceiveCount"])


def read_order_event(record: Record) -> OrderEvent:
    """Read the event of a message. Raises ``UnreadableEvent``."""
    event = read_event(record["body"])
    attributes = record.get("messageAttributes", {})
    labelled = attributes.get("type", {}).get("stringValue", event.type)
    if labelled != event.type:
        raise UnreadableEvent(f"The type attribute is {labelled}, but the body is {event.type}.")
    return event


def _event_fields(message: object) -> dict[str, Any]:
    event = event_of(message)
    if event is None:
        return {}
    return {"order_id": event.order_id, "event_id": event.event_id, "event_type": event.type}


def _error_name(error: Exception) -> str:
    """The class of the error, and AWS's error code if there is one."""
    response = getattr(error, "response", None) or {}
    code = getattr(error, "cause_response_code", None) or response.get("Error", {}).get("Code")
    return f"{type(error).__name__} {code or ''}".strip()
