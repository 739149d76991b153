"""Reading a batch of SQS messages: one bad message never spoils the others."""

from collections.abc import Callable
from typing import Any

from app.aws.sqs import bury, come_back_in
from app.observability.logs import log
from app.orders.events import NotAnEvent, OrderEvent, read_event
from workers.retry_policy import LAST_TRY, hopeless, pause_after

ENOUGH_TIME = 5_000  # milliseconds that one event may need; with less left the rest is handed back

type Record = dict[str, Any]
type Act[T] = Callable[[T], object]


def for_each_event(
    batch: dict[str, Any], context: Any, act: Act[OrderEvent], *, worker: str
) -> dict[str, Any]:
    """Let ``act`` handle each event, as ``for_each`` does."""
    return for_each(batch, context, act, read=_event_in, worker=worker)


def for_each[T](
    batch: dict[str, Any], context: Any, act: Act[T], *, read: Callable[[Record], T], worker: str
) -> dict[str, Any]:
    """Let ``act`` handle each message; whatever it raises hands that one back to the queue.

    It comes back after a pause that doubles with each try. What no retry can help goes to the dead
    letters at once, and what was tried often enough goes there too, each with its reason.
    """
    failed: list[str] = []
    for record in batch["Records"]:
        late = context.get_remaining_time_in_millis() < ENOUGH_TIME
        if late or not _handled(record, act, read, worker):
            failed.append(record["messageId"])
    log(worker, events=len(batch["Records"]), failed=len(failed))
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _handled[T](record: Record, act: Act[T], read: Callable[[Record], T], worker: str) -> bool:
    try:
        told = read(record)
    except NotAnEvent as reason:
        return _put_aside(record, type(reason).__name__, str(reason), worker)
    try:
        act(told)
    except Exception as error:  # whatever it was, the message must not be lost
        return _failed(record, told, error, worker)
    return True


def _failed(record: Record, told: object, error: Exception, worker: str) -> bool:
    """Whether the message is done with all the same, because it was put aside."""
    tries = int(record["attributes"]["ApproximateReceiveCount"])
    log(f"{worker} failed", error=_name(error), tries=tries, **_facts(told))
    if tries >= LAST_TRY or hopeless(error, told):
        # The error's own words may name a person; its kind does not.
        return _put_aside(record, _name(error), f"{_name(error)}, after {tries} tries", worker)
    come_back_in(pause_after(tries), record["receiptHandle"])
    return False


def _put_aside(record: Record, kind: str, reason: str, worker: str) -> bool:
    try:
        bury(record["body"], reason, record.get("messageAttributes", {}))
    except Exception as error:  # then SQS does it in the end, without the reason
        log(f"{worker} failed", error=_name(error))
        return False
    log(f"{worker} buried a message", reason=kind)
    return True


def _event_in(record: Record) -> OrderEvent:
    event = read_event(record["body"])
    told = record.get("messageAttributes", {}).get("type", {}).get("stringValue", event.type)
    if told != event.type:
        raise NotAnEvent(f"The message says it is {told}, its body is {event.type}.")
    return event


def _facts(told: object) -> dict[str, Any]:
    if not isinstance(told, OrderEvent):
        return {}
    return {"event_id": told.event_id, "event_type": told.type}


def _name(error: Exception) -> str:
    """The class, and AWS's own code where there is one: which permission, which limit."""
    answer = getattr(error, "response", None) or {}
    code = getattr(error, "cause_response_code", None) or answer.get("Error", {}).get("Code")
    return f"{type(error).__name__} {code or ''}".strip()
