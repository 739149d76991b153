"""The budget of an order: the maximum of each unit, and the violations of a measurement."""

from collections.abc import Iterator, Mapping

from tests.benchmarks.cost.per_order import MAX_UNITS_PER_ORDER

MAX_USD_PER_MILLION = 132  # without emails
MAX_SCHEDULED_USD = 1  # per month, for all functions that run by the clock, without orders
MAX_PAGE_READS = 3  # round trips to DynamoDB


def budget_violations(per_order: Mapping[str, float]) -> Iterator[str]:
    for unit, limit in MAX_UNITS_PER_ORDER.items():
        count = per_order.get(unit, 0)
        if count > limit + 1e-9:
            yield f"{unit}: {count:g} per order, more than {limit}"
