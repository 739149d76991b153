"""`shop cost` as a process: measure orders and pages of both designs, and check the budget."""

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import tests.conftest  # noqa: F401 (removes AWS credentials from the environment)
from infra.local.prices import price_list, total_usd
from tests.benchmarks.cost.budget import MAX_USD_PER_MILLION, budget_violations
from tests.benchmarks.cost.growth import growth_table, measure_growth
from tests.benchmarks.cost.measurement import Measurement, measure, measure_pages
from tests.benchmarks.cost.report import (
    cost_table,
    pages_table,
    units_table,
    writes_table,
)
from tests.benchmarks.cost.scheduled import ScheduledCost, compare, run_all, scheduled_table
from tests.benchmarks.cost.shopping import our_shop
from tests.benchmarks.cost.visits import (
    STATIC_BYTES,
    STATIC_FILES,
    Units,
    measure_requests,
    visits_table,
)
from tests.benchmarks.naive_twin.shopping import naive_shop
from tests.benchmarks.naive_twin.workflow import NINE_STATES, SIX_STATES

TWINS = {"twin, 6 states": SIX_STATES, "twin, 9 states": NINE_STATES}

ASSUMPTIONS = (
    "Orders of three lines below the review threshold, from the click on Pay until they are "
    "shipped, with their two emails. No cold starts, no retries, no free tier; a function's "
    "duration is assumed: 5 ms plus 6 ms for each AWS call, at 1,024 MB for pages and 512 MB for "
    "the rest. What a month costs without orders is counted for the scheduled functions below; "
    "what else a stack costs without orders stands in the idle bill of the deploy guide."
)
VISITS = (
    "USD per million orders with their visits, in batches of ten. For each order fourteen visitors "
    "come, as in the load test: ten browse, three abandon their cart, one buys and leaves the "
    "order's page open for half an hour of packing. Shared pages are those that CloudFront caches: "
    "the second column has a shop without traffic, the third one that is busy. Static files are "
    f"those of the home page on a phone with an empty cache: {STATIC_FILES} requests and "
    f"{STATIC_BYTES // 1000} KB for each of the visitors."
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.cost")
    parser.add_argument("--orders", type=int, default=100)
    parser.add_argument("--growth", type=int, default=0)
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()
    ours, pages, visits, scheduled = _measure_shop(arguments.orders)
    lines = [*report_lines(ours, pages), "", VISITS, "", *visits_table(ours[-1].per_order, visits)]
    lines += ["", *scheduled_table(scheduled)]
    if arguments.growth:
        lines += ["", *_growth(arguments.orders, arguments.growth)]
    violations = list(_violations(ours[-1]))
    print_lines(*lines, "", *violations)
    if arguments.report:
        arguments.report.write_text("\n".join(["# Cost of an order", "", *lines, ""]))
    return 1 if violations else 0


def _measure_shop(
    orders: int,
) -> tuple[
    list[Measurement], dict[str, dict[str, float]], Mapping[str, Units], list[ScheduledCost]
]:
    with our_shop() as shop:
        before = run_all(shop.cloud)
        ours = [measure(shop, orders, batch, "ours") for batch in (1, 10)]
        scheduled = compare(before, run_all(shop.cloud), orders * len(ours))
        return ours, measure_pages(shop), measure_requests(shop), scheduled


def _measure_twins(orders: int) -> Iterator[Measurement]:
    """Each twin in batches of 1 and of 10."""
    for name, machine in TWINS.items():
        with naive_shop(machine) as shop:
            yield from (measure(shop, orders, batch, name) for batch in (1, 10))


def report_lines(ours: list[Measurement], pages: dict[str, dict[str, float]]) -> Iterator[str]:
    prices = price_list()
    yield f"USD per million orders, list prices of {prices.region}, {prices.date}. {ASSUMPTIONS}"
    twins = [*_measure_twins(ours[0].orders)]
    for our in ours:
        compared = [our, *(it for it in twins if it.batch == our.batch)]
        yield ""
        yield from cost_table(compared)
    yield ""
    yield from units_table(compared)
    yield ""
    yield from writes_table(our)
    with naive_shop() as shop:
        for name, views in {"Our pages": pages, "The twin's pages": measure_pages(shop)}.items():
            yield f"\n{name}:\n"
            yield from pages_table(views)


def _growth(few: int, many: int) -> Iterator[str]:
    measurements = []
    for it in measure_growth(our_shop(), few, many):
        sys.stderr.write(f"{it.orders} orders in batches of {it.batch}\n")
        measurements.append(it)
    yield from growth_table(measurements)


def _violations(ours: Measurement) -> Iterator[str]:
    yield from budget_violations(ours.per_order)
    if (usd := total_usd(ours.per_order)) > MAX_USD_PER_MILLION:
        yield f"{usd:.0f} USD per million orders, more than {MAX_USD_PER_MILLION}"


def print_lines(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
