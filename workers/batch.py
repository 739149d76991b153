"""Process a batch of SQS messages: one failing message does not affect the others.

Partial batch response:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
"""

from collections.abc import Callable
from typing import Any

from app.aws.sqs import delay_retry, send_to_dlq
from app.observability.logs import log
from app.orders.events import OrderEvent, UnreadableEvent, read_event
from workers.retry_policy import MAX_RECEIVE_COUNT, backoff_seconds, is_permanent_failure

MIN_REMAINING_MS = 5_000  # with less time left, the remaining messages return to the queue

type Record = dict[str, Any]
type Process[T] = Callable[[T], object]


def process_events(
    batch: dict[str, Any], context: Any, process: Process[OrderEvent], *, worker: str
) -> dict[str, Any]:
    """Call ``process`` for each order event of the batch, as ``process_batch`` does."""
    return process_batch(batch, context, process, read=_read_order_event, worker=worker)


def process_batch[T](
    batch: dict[str, Any],
    context: Any,
    process: Process[T],
    *,
    read: Callable[[Record], T],
    worker: str,
) -> dict[str, Any]:
    """Call ``process`` for each message, and return the ids of those to be delivered again.

    A message whose processing raises is retried with exponential backoff. Permanent failures go
    straight to the dead-letter queue, and so does the last attempt, each with its reason.
    """
    failed: list[str] = []
    for record in batch["Records"]:
        out_of_time = context.get_remaining_time_in_millis() < MIN_REMAINING_MS
        if out_of_time or not _is_done(record, process, read, worker):
            failed.append(record["messageId"])
    log(worker, events=len(batch["Records"]), failed=len(failed))
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _is_done[T](
    record: Record, process: Process[T], read: Callable[[Record], T], worker: str
) -> bool:
    """Process a message. Returns whether SQS may delete it."""
    try:
        message = read(record)
    except UnreadableEvent as error:
        return _move_to_dlq(record, type(error).__name__, str(error), worker)
    try:
        process(message)
    except Exception as error:  # any other exception would lose the message
        return _handle_failure(record, message, error, worker)
    return True


def _handle_failure(record: Record, message: object, error: Exception, worker: str) -> bool:
    attempt = int(record["attributes"]["ApproximateReceiveCount"])
    log(f"{worker} failed", error=_error_name(error), attempt=attempt, **_event_fields(message))
    if attempt >= MAX_RECEIVE_COUNT or is_permanent_failure(error, message):
        # The text of an error may contain personal data; its class does not.
        reason = f"{_error_name(error)}, after {attempt} attempts"
        return _move_to_dlq(record, _error_name(error), reason, worker)
    delay_retry(backoff_seconds(attempt), record["receiptHandle"])
    return False


def _move_to_dlq(record: Record, error_name: str, reason: str, worker: str) -> bool:
    try:
        send_to_dlq(record["body"], reason, record.get("messageAttributes", {}))
    except Exception as error:  # SQS moves the message after its last attempt, without the reason
        log(f"{worker} failed", error=_error_name(error))
        return False
    log(f"{worker} moved a message to the dead-letter queue", reason=error_name)
    return True


def _read_order_event(record: Record) -> OrderEvent:
    event = read_event(record["body"])
    attributes = record.get("messageAttributes", {})
    labelled = attributes.get("type", {}).get("stringValue", event.type)
    if labelled != event.type:
        raise UnreadableEvent(f"The type attribute is {labelled}, but the body is {event.type}.")
    return event


def _event_fields(message: object) -> dict[str, Any]:
    if not isinstance(message, OrderEvent):
        return {}
    return {"event_id": message.event_id, "event_type": message.type}


def _error_name(error: Exception) -> str:
    """The class of the error, and AWS's error code if there is one."""
    response = getattr(error, "response", None) or {}
    code = getattr(error, "cause_response_code", None) or response.get("Error", {}).get("Code")
    return f"{type(error).__name__} {code or ''}".strip()
