"""Which span a billed call belongs to, and the units of one span in a few words."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from infra.local.billed_calls import BilledRow
from infra.local.console.log_records import Record

type Span = Mapping[str, Any]

# Units of a whole batch: each row of them is the share of one order.
SHARED = ("topic_publishes", "queue_requests", "function_requests")
OF_INVOCATION = ("function_requests", "api_requests")  # they arise before the first span
SHORT = {
    "write_units": "write",
    "read_units": "read",
    "sandbox_write_units": "sandbox write",
    "sandbox_read_units": "sandbox read",
    "topic_publishes": "SNS",
    "queue_requests": "SQS",
    "emails": "SES",
}


def spans_by_request(records: Iterable[Record]) -> dict[str, list[Span]]:
    spans: defaultdict[str, list[Span]] = defaultdict(list)
    for record in records:
        request = str(record.get("function_request_id", "")).replace("-", "")
        if request and isinstance(record.get("span"), dict):
            spans[request].append(record["span"])
    return dict(spans)


def find_span(spans: list[Span], row: BilledRow, order_id: str) -> Span | None:
    """The innermost span that was open at the call, if the call is not about another order.

    A call between the spans of an invocation belongs to the order that it names, and to its span
    before it: an event is marked as published after its span.
    """
    if row.unit in SHARED and row.row not in ("", order_id):
        return None
    around = [it for it in spans if _start(it) <= row.at <= it["end_time_unix_nano"]]
    if around:
        return max(around, key=_start)
    if order_id not in row.row and row.unit not in OF_INVOCATION:
        return None
    before = [it for it in spans if _start(it) <= row.at]
    return max(before, key=_start) if before else min(spans, key=_start)


def _start(span: Span) -> int:
    return int(span["start_time_unix_nano"])


def count_units(rows: Iterable[BilledRow]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row.unit] += row.units  # type: ignore[assignment]
    return counts


def short_units(rows: Iterable[BilledRow]) -> str:
    """The units of one span in a few words: those of DynamoDB, and requests of the others."""
    counts = count_units(rows)
    return ", ".join(
        f"{round(counts[unit], 2):g} {word}" for unit, word in SHORT.items() if counts[unit]
    )
