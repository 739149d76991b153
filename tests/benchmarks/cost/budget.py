"""What an order may cost at most, and what of it is more."""

from collections.abc import Iterator, Mapping

from tests.benchmarks.cost.per_order import MAX_UNITS_PER_ORDER

MAX_USD_PER_MILLION = 240  # for a million orders, without the letters
MAX_PAGE_READS = 3  # round trips to the store


def budget_violations(per_order: Mapping[str, float]) -> Iterator[str]:
    for unit, most in MAX_UNITS_PER_ORDER.items():
        count = per_order.get(unit, 0)
        if count > most + 1e-9:
            yield f"{unit}: {count:g} for each order, more than {most}"
