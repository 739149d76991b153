"""Seconds from the click on Pay to paid and shipped, and the longest delay of any event."""

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from app.verification.snapshot import Row, Snapshot
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
    delays = (
        delay
        for order_id in order_ids
        for delay in _event_delays(snapshot.rows_by_order.get(order_id, ()))
    )
    return max(delays, default=0.0)


def _event_delays(rows: Sequence[Row]) -> Iterator[float]:
    published = {
        f"{row['order_id']}-{row['part'].split('#')[1]}": row["published_at"]
        for row in rows
        if row["part"].startswith("event#") and row.get("published_at")
    }
    for row in rows:
        event_id = _processed_event_id(row["part"])
        if row.get("at") and event_id in published:
            processed_at = datetime.fromisoformat(row["at"])
            yield (processed_at - datetime.fromisoformat(published[event_id])).total_seconds()


def _processed_event_id(part: str) -> str:
    """From the key of a consumer's row; empty for other rows."""
    keys = part.split("#")
    return {"email": keys[1:2], "processed": keys[2:3]}.get(keys[0], [""])[0]
