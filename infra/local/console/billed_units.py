"""The units that AWS would bill for an order, by the span in which they arose."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from infra.local.billed_calls import PATH, BilledRow
from infra.local.cloud import LocalCloud
from infra.local.console.executions import Execution
from infra.local.console.log_records import Record
from infra.local.console.span_units import count_units, find_span, spans_by_request
from infra.local.prices import IN_ADDITION, price_list, total_usd, usd_per_million

type Rows = dict[str, list[BilledRow]]  # by span id

MAX_REQUESTS = 100  # invocations of one order


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
        billed = [unit for unit in prices if self.counts.get(unit)]
        return [_line(prices[unit].service, unit, self.counts[unit]) for unit in billed]

    @property
    def total_usd(self) -> float:
        return total_usd(self.counts)


def billed_units(
    cloud: LocalCloud, order_id: str, records: Iterable[Record], executions: Iterable[Execution]
) -> BilledUnits:
    """Empty for an order from before the local cloud's last start, which counts in memory."""
    spans = spans_by_request(records)
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


def count_transitions(execution: Execution) -> int:
    """Step Functions bills each state that is entered, and each retry."""
    return sum(max(1, visit.attempts) for visit in execution.states)


def _line(service: str, unit: str, count: float) -> UnitLine:
    usd = usd_per_million({unit: count})[service]
    return UnitLine(price_list().prices[unit].unit, service, count, usd, service in IN_ADDITION)
