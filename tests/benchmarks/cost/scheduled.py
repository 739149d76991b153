"""Functions that run by the clock: what they cost per month, without orders and with them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.prices import usd_per_million
from tests.benchmarks.cost.cloud import CountingCloud
from tests.benchmarks.cost.design import Handler
from tests.benchmarks.cost.report import markdown_table
from tests.simulation.simulator.dynamodb import resources, template
from workers import analytics, outbox_poller, reconcile, retention, verify

MINUTES_PER_MONTH = 365.25 / 12 * 24 * 60
MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60}
RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
ORDERS_PER_DAY = 1_000
# The orders that a run reads: of the last days, or of the hours that are due for the roll-up.
DAYS_READ = {"analytics": 2 / 24}
# The other two, for thumbnails and imports, look for uploads that were missed: one or two queries.
FUNCTIONS: Mapping[str, Handler] = {
    "analytics": analytics.handler,
    "outbox-poller": outbox_poller.handler,
    "reconcile": reconcile.handler,
    "retention": retention.handler,
    "verify": verify.handler,
}

type Units = Mapping[str, float]


@dataclass(frozen=True)
class ScheduledCost:
    """The units of one run: without orders, and what each order that it reads adds."""

    name: str
    empty: Units
    per_order: Units

    @property
    def runs_per_month(self) -> float:
        return MINUTES_PER_MONTH / _minutes(self.name)

    def usd_per_month(self, units: Units) -> float:
        return sum(usd_per_million(units).values()) / 1e6 * self.runs_per_month

    @property
    def usd_with_orders(self) -> float:
        """What ``ORDERS_PER_DAY`` add in a month."""
        days = DAYS_READ.get(self.name, verify.RECENT_DAYS)
        return self.usd_per_month(self.per_order) * ORDERS_PER_DAY * days


def run_all(cloud: CountingCloud) -> dict[str, Units]:
    """The units of one run of each function, after one that did the work of the past."""
    units: dict[str, Units] = {}
    for name, handler in FUNCTIONS.items():
        cloud.invoke(name, handler, {})
        with cloud.meter.separate() as meter:
            result = cloud.invoke(name, handler, {})
        assert not result.get("violations"), result
        units[name] = meter.per(1)
    return units


def compare(
    empty: Mapping[str, Units], later: Mapping[str, Units], orders: int
) -> list[ScheduledCost]:
    """From a run before the orders and one after them."""
    return [
        ScheduledCost(
            name,
            empty[name],
            {it: (count - empty[name].get(it, 0)) / orders for it, count in later[name].items()},
        )
        for name in empty
    ]


def scheduled_table(costs: list[ScheduledCost]) -> Iterator[str]:
    rows = [
        [
            it.name,
            f"{it.runs_per_month:,.0f}",
            f"{it.empty.get('read_units', 0):g}",
            f"{it.usd_per_month(it.empty):.2f}",
            f"{it.usd_with_orders:.2f}",
        ]
        for it in costs
    ]
    totals = (
        sum(it.usd_per_month(it.empty) for it in costs),
        sum(it.usd_with_orders for it in costs),
    )
    rows.append(["**total**", "", "", *(f"{it:.2f}" for it in totals)])
    head = ("scheduled function", "runs per month", "read units per run", "USD per month")
    yield from markdown_table((*head, f"more with {ORDERS_PER_DAY:,} orders a day"), rows)


def _minutes(name: str) -> int:
    """Between two runs, by the schedule in the template."""
    (function,) = (
        it
        for it in resources("AWS::Serverless::Function").values()
        if it["FunctionName"]["Fn::Sub"] == f"${{AWS::StackName}}-{name}"
    )
    (event,) = (it for it in function["Events"].values() if it["Type"] == "Schedule")
    match = RATE.fullmatch(_resolve(event["Properties"]["Schedule"]))
    assert match, name
    return int(match[1]) * MINUTES[match[2]]


def _resolve(value: Any) -> str:
    return str(
        template()["Parameters"][value["Ref"]]["Default"] if isinstance(value, dict) else value
    )
