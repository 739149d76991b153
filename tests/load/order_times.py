"""Seconds from the click on Pay to paid and shipped, and the longest delay of any event."""

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from app.verification.snapshot import Row, Snapshot, body_of, ledger_time
from tests.load.recorder import Recording


def median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0


def seconds_from_click_to(event_type: str, recording: Recording, snapshot: Snapshot) -> list[float]:
    """Seconds from the click to `order_paid` or `order_shipped`, without packing.

    The sum of two intervals, each on one clock: the response time as measured here, and the time
    since `order_placed` by the shop's clock. They overlap, so the result is never too small.
    """
    response_seconds = {
        record.order_id: record.ms / 1000
        for record in recording.actions
        if record.action == "place"
    }
    durations = []
    for order_id, seconds in response_seconds.items():
        times = _event_times(snapshot.rows_by_order.get(order_id, ()))
        if event_type in times:
            elapsed = (times[event_type] - times["order_placed"]).total_seconds()
            shipped = event_type == "order_shipped"
            packing = _packing_seconds(snapshot, order_id, times) if shipped else 0
            durations.append(seconds + max(0.0, elapsed - packing))
    return durations


def _event_times(rows: Iterable[Row]) -> Mapping[str, datetime]:
    return {
        row["type"]: datetime.fromisoformat(row["occurred_at"])
        for row in rows
        if row["part"].startswith("event#")
    }


def _packing_seconds(snapshot: Snapshot, order_id: str, times: Mapping[str, datetime]) -> float:
    until = datetime.fromisoformat(snapshot.orders_by_id[order_id]["packing_until"])
    return (until - times["order_paid"]).total_seconds()


def longest_event_delay(recording: Recording, snapshot: Snapshot) -> float:
    """The maximum over all events of this run's orders, from published to processed."""
    order_ids = {record.order_id for record in recording.actions}
    published = {
        event_id: row["published_at"]
        for event_id, row in snapshot.events.items()
        if row["order_id"] in order_ids and row.get("published_at")
    }
    delays = (
        (datetime.fromisoformat(at) - datetime.fromisoformat(published[event_id])).total_seconds()
        for event_id, at in _times_of_effects(snapshot)
        if event_id in published
    )
    return max(delays, default=0.0)


def _times_of_effects(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """The id of each event that a consumer has handled, and when: emails, facts, ledger entries."""
    for row in snapshot.orders:
        if row["part"].startswith("email#") and row.get("at"):
            yield row["part"].split("#")[1], row["at"]
    for fact in snapshot.sales:
        if fact.get("recorded_at"):
            yield fact["entry"], fact["recorded_at"]
    yield from _times_of_entries(snapshot)


def _times_of_entries(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    event_ids = {
        (row["order_id"], ledger_time(body_of(row))): event_id
        for event_id, row in snapshot.events.items()
    }
    for entry in snapshot.ledger:
        if entry.get("recorded_at"):
            key = (entry["order_id"], entry["entry"].partition("#")[0])
            yield event_ids.get(key, ""), entry["recorded_at"]
