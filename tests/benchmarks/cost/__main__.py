"""`shop cost`, from the inside."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import tests.conftest  # noqa: F401 (must not know any account)
from tests.benchmarks.cost.budget import MOST_DOLLARS, breaches
from tests.benchmarks.cost.growth import grown, growth_told
from tests.benchmarks.cost.measurement import Measured, measure, viewed
from tests.benchmarks.cost.prices import in_dollars, price_list
from tests.benchmarks.cost.report import LETTERS, counts_told, dollars_told, pages_told, tables_told
from tests.benchmarks.cost.shopping import our_shop
from tests.benchmarks.naive_twin.shopping import naive_shop

ASSUMED = (
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
    ours, pages = _with_pages(given.orders)
    lines = list(told(ours, pages))
    if given.growth:
        lines += ["", *_growth(given.orders, given.growth)]
    broken = list(_broken(ours[-1]))
    say(*lines, "", *broken)
    if given.report:
        given.report.write_text("\n".join(["# What an order costs", "", *lines, ""]))
    return 1 if broken else 0


def _with_pages(orders: int) -> tuple[list[Measured], dict[str, dict[str, float]]]:
    with our_shop() as shop:
        return [measure(shop, orders, batch) for batch in (1, 10)], viewed(shop)


def told(ours: list[Measured], pages: dict[str, dict[str, float]]) -> Iterator[str]:
    prices = price_list()
    yield f"Dollars for a million orders, list prices of {prices.region}, {prices.date}. {ASSUMED}"
    with naive_shop() as shop:
        for mine in ours:
            twin = measure(shop, mine.orders, mine.batch)
            yield ""
            yield from dollars_told(mine, twin)
        yield ""
        yield from counts_told(mine, twin)
        yield ""
        yield from tables_told(mine)
        for name, views in {"Our pages": pages, "The twin's pages": viewed(shop)}.items():
            yield f"\n{name}:\n"
            yield from pages_told(views)


def _growth(few: int, many: int) -> Iterator[str]:
    measured = []
    for it in grown(our_shop(), few, many):
        sys.stderr.write(f"{it.orders} orders in batches of {it.batch}\n")
        measured.append(it)
    yield from growth_told(measured)


def _broken(ours: Measured) -> Iterator[str]:
    yield from breaches(ours.per_order)
    dollars = in_dollars(ours.per_order)
    dollars.pop(LETTERS)
    if sum(dollars.values()) > MOST_DOLLARS:
        yield f"{sum(dollars.values()):.0f} dollars for a million orders, more than {MOST_DOLLARS}"


def say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
