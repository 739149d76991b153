"""What an order may cost at most, and what of it is more."""

from collections.abc import Iterator, Mapping

from tests.benchmarks.cost.per_order import MOST

MOST_DOLLARS = 240  # for a million orders, without the letters
PAGE_READS = 3  # round trips to the store


def breaches(per_order: Mapping[str, float]) -> Iterator[str]:
    for unit, most in MOST.items():
        count = per_order.get(unit, 0)
        if count > most + 1e-9:
            yield f"{unit}: {count:g} for each order, more than {most}"
