from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from infra.local.prices import total_usd
from tests.benchmarks.cost.budget import (
    MAX_SCHEDULED_USD,
    MAX_USD_PER_MILLION,
    budget_violations,
)
from tests.benchmarks.cost.measurement import Measurement, measure, measure_pages
from tests.benchmarks.cost.scheduled import compare, run_all, scheduled_table
from tests.benchmarks.cost.shopping import OurShop, our_shop
from tests.benchmarks.naive_twin.shopping import naive_shop
from tests.benchmarks.naive_twin.workflow import NINE_STATES, SIX_STATES
from tests.printed_figures import PrintFigure

ORDERS = 10
TOLERANCE = 0.05  # a row of about a kilobyte varies with the digits of its times


@pytest.fixture(scope="module")
def shop() -> Iterator[OurShop]:
    with our_shop() as opened:
        yield opened


@pytest.fixture(scope="module")
def batched(shop: OurShop) -> Measurement:
    return measure(shop, ORDERS, batch=10)


def test_an_order_stays_within_its_budget(batched: Measurement, print_figure: PrintFigure) -> None:
    print_figure(f"a million orders: {total_usd(batched.per_order):.2f} USD, {batched.per_order}")

    assert list(budget_violations(batched.per_order)) == []
    assert total_usd(batched.per_order) <= MAX_USD_PER_MILLION


def test_the_cost_of_an_order_does_not_grow_with_their_number(
    shop: OurShop, batched: Measurement
) -> None:
    later = measure(shop, 3 * ORDERS, batch=10)

    for unit in ("write_units", "read_units", "function_requests", "transitions", "emails"):
        assert later.per_order[unit] == pytest.approx(batched.per_order[unit], rel=TOLERANCE), unit


def test_an_unbatched_order_needs_more_invocations_and_no_more_writes(
    shop: OurShop, batched: Measurement
) -> None:
    alone = measure(shop, 3, batch=1)

    assert alone.per_order["function_requests"] > 2 * batched.per_order["function_requests"]
    writes = batched.per_order["write_units"]
    assert alone.per_order["write_units"] == pytest.approx(writes, rel=TOLERANCE)


def test_pages_write_nothing_and_read_few_units(shop: OurShop) -> None:
    for page, counts in measure_pages(shop).items():
        assert "write_units" not in counts, page
        assert counts.get("read_units", 0) <= 12.5, page


def test_functions_that_run_by_the_clock_cost_less_than_a_dollar_a_month(
    shop: OurShop, print_figure: PrintFigure
) -> None:
    before = run_all(shop.cloud)
    measure(shop, ORDERS, batch=10)

    costs = compare(before, run_all(shop.cloud), ORDERS)

    print_figure("\n".join(scheduled_table(costs)))
    assert {it.name for it in costs} >= {"verify", "reconcile", "outbox-poller"}
    assert sum(it.usd_per_month(it.empty) for it in costs) <= MAX_SCHEDULED_USD
    (verifier,) = (it for it in costs if it.name == "verify")
    assert verifier.per_order["read_units"] > 0
    assert verifier.usd_with_orders <= MAX_SCHEDULED_USD


@pytest.mark.parametrize(
    ("machine", "exceeded"),
    [
        (NINE_STATES, {"function_requests", "topic_publishes", "transitions", "log_bytes"}),
        (SIX_STATES, {"function_requests", "topic_publishes", "transitions", "log_bytes"}),
    ],
)
def test_the_naive_twin_exceeds_the_budget(
    batched: Measurement,
    print_figure: PrintFigure,
    machine: Mapping[str, Any],
    exceeded: set[str],
) -> None:
    with naive_shop(machine) as twin:
        measured = measure(twin, ORDERS, batch=10)
    ours, naive = total_usd(batched.per_order), total_usd(measured.per_order)
    print_figure(
        f"a million orders: {ours:.2f} USD, the twin of {measured.per_order['transitions']:g} "
        f"states {naive:.2f}, ratio {ours / naive:.2f}"
    )

    assert measured.per_order["emails"] == batched.per_order["emails"]
    violations = budget_violations(measured.per_order)
    assert {it.partition(":")[0] for it in violations} == exceeded
