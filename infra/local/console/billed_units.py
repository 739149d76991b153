"""The units that AWS would bill for an order, by the span in which they arose."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.local.billed_calls import PATH, BilledRow
from infra.local.cloud import LocalCloud
from infra.local.console.executions import Execution
from infra.local.console.log_records import Record
from infra.local.prices import IN_ADDITION, price_list, total_usd, usd_per_million

type Span = Mapping[str, Any]
type Rows = dict[str, list[BilledRow]]  # by span id

MAX_REQUESTS = 100  # invocations of one order
# Units of a whole batch: each row of them is the share of one order.
SHARED = ("topic_publishes", "queue_requests", "function_requests")
SHORT = {
    "write_units": "write",
    "read_units": "read",
    "sandbox_write_units": "sandbox write",
    "sandbox_read_units": "sandbox read",
    "topic_publishes": "SNS",
    "queue_requests": "SQS",
    "emails": "SES",
}


@dataclass(frozen=True)
class UnitLine:
    """``usd`` is for a million orders; ``in_addition`` is not part of the total."""

    unit: str
    service: str
    count: float
    usd: float
    in_addition: bool


@dataclass(frozen=True)
class BilledUnits:
    """``rows`` are those of each span, ``lines`` the sums of the order."""

    rows: Rows = field(default_factory=dict)
    counts: Mapping[str, float] = field(default_factory=dict)

    @property
    def lines(self) -> list[UnitLine]:
        prices = price_list().prices
        return [_line(prices[unit].service, unit, self.counts[unit]) for unit in self._sorted]

    @property
    def total_usd(self) -> float:
        return total_usd(self.counts)

    @property
    def _sorted(self) -> list[str]:
        return [unit for unit in price_list().prices if self.counts.get(unit)]


def billed_units(
    cloud: LocalCloud, order_id: str, records: Iterable[Record], executions: Iterable[Execution]
) -> BilledUnits:
    """Empty for an order from before the local cloud's last start, which counts in memory."""
    spans = _spans_by_request(records)
    if not spans:
        return BilledUnits()
    response = cloud.get(f"{PATH}?requests={','.join([*spans][:MAX_REQUESTS])}")
    response.raise_for_status()
    rows: defaultdict[str, list[BilledRow]] = defaultdict(list)
    for row in map(BilledRow._make, response.json()):
        if span := find_span(spans[row.request], row, order_id):
            rows[span["span_id"]].append(row)
    counts = count_units(row for of_span in rows.values() for row in of_span)
    if counts:
        counts["transitions"] = sum(map(count_transitions, executions))
    return BilledUnits(dict(rows), counts)


def count_units(rows: Iterable[BilledRow]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row.unit] += row.units  # type: ignore[assignment]
    return counts


def count_transitions(execution: Execution) -> int:
    """Step Functions bills each state that is entered, and each retry."""
    return sum(max(1, visit.attempts) for visit in execution.states)


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
    if row.row and order_id not in row.row:
        return None
    before = [it for it in spans if _start(it) <= row.at]
    return max(before, key=_start) if before else min(spans, key=_start)


def _start(span: Span) -> int:
    return int(span["start_time_unix_nano"])


def _spans_by_request(records: Iterable[Record]) -> dict[str, list[Span]]:
    spans: defaultdict[str, list[Span]] = defaultdict(list)
    for record in records:
        request = str(record.get("function_request_id", "")).replace("-", "")
        if request and isinstance(record.get("span"), dict):
            spans[request].append(record["span"])
    return dict(spans)


def _line(service: str, unit: str, count: float) -> UnitLine:
    usd = usd_per_million({unit: count})[service]
    return UnitLine(price_list().prices[unit].unit, service, count, usd, service in IN_ADDITION)


def short_units(rows: Iterable[BilledRow]) -> str:
    """The units of one span in a few words: those of DynamoDB, and requests of the others."""
    counts = count_units(rows)
    return ", ".join(f"{counts[unit]:g} {word}" for unit, word in SHORT.items() if counts[unit])
