"""`shop cost`, from the inside."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import tests.conftest  # noqa: F401 (must not know any account)
from tests.benchmarks.cost.budget import MAX_USD_PER_MILLION, budget_violations
from tests.benchmarks.cost.growth import growth_table, measure_growth
from tests.benchmarks.cost.measurement import Measurement, measure, measure_pages
from tests.benchmarks.cost.prices import price_list, usd_per_million
from tests.benchmarks.cost.report import (
    EMAIL_SERVICE,
    cost_table,
    pages_table,
    units_table,
    writes_table,
)
from tests.benchmarks.cost.shopping import our_shop
from tests.benchmarks.naive_twin.shopping import naive_shop

ASSUMPTIONS = (
    "Orders of three lines, too small to need a review, from the press of the button until they "
    "are shipped, and their two letters. No cold starts, no retries, no free tier; a function's "
    "time is assumed: 5 ms and 6 ms for each call of AWS, at 1,024 MB for pages and 512 for the "
    "rest. What runs without orders (polls of queues, the sweeper each minute, storage, backups, "
    "keys) is some dollars a month and not in it."
)


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("--orders", type=int, default=100)
    asked.add_argument("--growth", type=int, default=0)
    asked.add_argument("--report", type=Path)
    given = asked.parse_args()
    ours, pages = _measure_shop(given.orders)
    lines = list(report_lines(ours, pages))
    if given.growth:
        lines += ["", *_growth(given.orders, given.growth)]
    broken = list(_violations(ours[-1]))
    print_lines(*lines, "", *broken)
    if given.report:
        given.report.write_text("\n".join(["# What an order costs", "", *lines, ""]))
    return 1 if broken else 0


def _measure_shop(orders: int) -> tuple[list[Measurement], dict[str, dict[str, float]]]:
    with our_shop() as shop:
        return [measure(shop, orders, batch) for batch in (1, 10)], measure_pages(shop)


def report_lines(ours: list[Measurement], pages: dict[str, dict[str, float]]) -> Iterator[str]:
    prices = price_list()
    yield f"Dollars for a million orders, list prices of {prices.region}, {prices.date}. {ASSUMPTIONS}"
    with naive_shop() as shop:
        for mine in ours:
            twin = measure(shop, mine.orders, mine.batch)
            yield ""
            yield from cost_table(mine, twin)
        yield ""
        yield from units_table(mine, twin)
        yield ""
        yield from writes_table(mine)
        for name, views in {"Our pages": pages, "The twin's pages": measure_pages(shop)}.items():
            yield f"\n{name}:\n"
            yield from pages_table(views)


def _growth(few: int, many: int) -> Iterator[str]:
    measured = []
    for it in measure_growth(our_shop(), few, many):
        sys.stderr.write(f"{it.orders} orders in batches of {it.batch}\n")
        measured.append(it)
    yield from growth_table(measured)


def _violations(ours: Measurement) -> Iterator[str]:
    yield from budget_violations(ours.per_order)
    dollars = usd_per_million(ours.per_order)
    dollars.pop(EMAIL_SERVICE)
    if sum(dollars.values()) > MAX_USD_PER_MILLION:
        yield f"{sum(dollars.values()):.0f} dollars for a million orders, more than {MAX_USD_PER_MILLION}"


def print_lines(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
