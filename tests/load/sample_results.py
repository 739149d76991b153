"""Build the result of a successful run, for tests that change one part of it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from app.verification import Snapshot
from tests.load.assertions import Assertion, RunResult, evaluate
from tests.load.recorder import Recording
from tests.load.records import ActionRecord, RequestRecord
from tests.load.targets import LOCAL

PLACED = datetime(2031, 6, 12, 12, tzinfo=UTC)
ORDER = "01ORDER"


def request_record(
    page: str = "Home", ms: float = 20, status: int = 200, error: str = ""
) -> RequestRecord:
    return RequestRecord(page, PLACED.timestamp(), ms, status, error)


def placed_record(order_id: str = ORDER, ms: float = 100) -> ActionRecord:
    return ActionRecord("place", order_id, "form", ms)


def order_rows(
    *, paid: float = 0.5, packed: float = 20, shipped: float = 21
) -> list[dict[str, Any]]:
    """The rows of a shipped order; the arguments are seconds since it was placed."""
    times = {"order_placed": 0.0, "order_paid": paid, "order_shipped": shipped}
    events = [
        {
            "order_id": ORDER,
            "part": f"event#{number:04d}#{kind}",
            "type": kind,
            "occurred_at": iso_after(seconds),
            "published_at": iso_after(seconds + 0.1),
            "body": json.dumps(
                {"event_id": f"{ORDER}-{number:04d}", "occurred_at": iso_after(seconds)}
            ),
        }
        for number, (kind, seconds) in enumerate(times.items(), 1)
    ]
    order = {"order_id": ORDER, "part": "order", "packing_until": iso_after(paid + packed)}
    return [order, *events]


def email_row(event_number: int, seconds: float) -> dict[str, Any]:
    """The email about an event, sent so many seconds after the order was placed."""
    part = f"email#{ORDER}-{event_number:04d}#hash"
    return {"order_id": ORDER, "part": part, "at": iso_after(seconds)}


def fact_row(event_number: int, seconds: float) -> dict[str, Any]:
    """The fact of an event, recorded so many seconds after the order was placed."""
    entry = f"{ORDER}-{event_number:04d}"
    return {"period": "2031-06-12T12#3", "entry": entry, "recorded_at": iso_after(seconds)}


def ledger_row(event_seconds: float, seconds: float) -> dict[str, Any]:
    """The ledger's entry of the event that occurred at that time."""
    time = f"{PLACED + timedelta(seconds=event_seconds):%Y-%m-%dT%H:%M:%S.%f%z}"
    entry = f"{time}#{ORDER}#reserved"
    return {"sku": "CUP", "entry": entry, "order_id": ORDER, "recorded_at": iso_after(seconds)}


def iso_after(seconds: float) -> str:
    return (PLACED + timedelta(seconds=seconds)).isoformat()


def a_run_result(**changes: Any) -> RunResult:
    fields: dict[str, Any] = {
        "recording": Recording(
            requests=[request_record(), request_record("Place order", 100)],
            actions=[placed_record()],
        ),
        "snapshot": Snapshot(orders=order_rows()),
        "violations": [],
        "dlq_messages": 0,
    }
    return RunResult(**(fields | changes))


def failed_assertions(result: RunResult) -> list[str]:
    return [it.name for it in assertions(result) if not it.passed]


def assertions(result: RunResult) -> list[Assertion]:
    return evaluate(result, LOCAL)
