"""Reading a batch of SQS messages: one bad message never spoils the others."""

from collections.abc import Callable
from typing import Any

from app.aws.queues import bury
from app.logs import log
from app.orders.events import NotAnEvent, OrderEvent, read_event

ENOUGH_TIME = 5_000  # milliseconds that one event may need; with less left the rest is handed back


def for_each_event(
    batch: dict[str, Any], context: Any, act: Callable[[OrderEvent], object], *, worker: str
) -> dict[str, Any]:
    """Let ``act`` handle each event; whatever it raises hands that one message back to the queue.

    A message that is no event we know goes to the dead letters at once, with the reason.
    """
    failed: list[str] = []
    for record in batch["Records"]:
        if context.get_remaining_time_in_millis() < ENOUGH_TIME or not _handled(
            record, act, worker
        ):
            failed.append(record["messageId"])
    log(worker, events=len(batch["Records"]), failed=len(failed))
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _handled(record: dict[str, Any], act: Callable[[OrderEvent], object], worker: str) -> bool:
    facts = {"tries": record["attributes"]["ApproximateReceiveCount"]}
    try:
        _handle(record, act, worker, facts)
    except Exception as error:  # whatever it was, the message must come back
        log(f"{worker} failed", error=_name(error), **facts)
        return False
    return True


def _handle(
    record: dict[str, Any],
    act: Callable[[OrderEvent], object],
    worker: str,
    facts: dict[str, str],
) -> None:
    try:
        event = _read(record)
    except NotAnEvent as reason:
        bury(record["body"], str(reason))
        log(f"{worker} buried a message", reason=type(reason).__name__)
        return
    facts |= {"event_id": event.event_id, "event_type": event.type}
    act(event)


def _read(record: dict[str, Any]) -> OrderEvent:
    event = read_event(record["body"])
    told = record.get("messageAttributes", {}).get("type", {}).get("stringValue", event.type)
    if told != event.type:
        raise NotAnEvent(f"The message says it is {told}, its body is {event.type}.")
    return event


def _name(error: Exception) -> str:
    """The class, and AWS's own code where there is one: which permission, which limit."""
    answer = getattr(error, "response", None) or {}
    code = getattr(error, "cause_response_code", None) or answer.get("Error", {}).get("Code")
    return f"{type(error).__name__} {code or ''}".strip()
