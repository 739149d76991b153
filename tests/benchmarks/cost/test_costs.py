from collections.abc import Iterator

import pytest

from tests.benchmarks.cost.budget import MAX_USD_PER_MILLION, budget_violations
from tests.benchmarks.cost.measurement import Measurement, measure, measure_pages
from tests.benchmarks.cost.prices import usd_per_million
from tests.benchmarks.cost.report import EMAIL_SERVICE
from tests.benchmarks.cost.shopping import OurShop, our_shop
from tests.benchmarks.naive_twin.shopping import naive_shop
from tests.printed_figures import PrintFigure

ORDERS = 10
EDGES = 0.05  # a row of about a kilobyte is sometimes a little more, by the digits of its times


@pytest.fixture(scope="module")
def shop() -> Iterator[OurShop]:
    with our_shop() as opened:
        yield opened


@pytest.fixture(scope="module")
def together(shop: OurShop) -> Measurement:
    return measure(shop, ORDERS, batch=10)


def without_letters(measured: Measurement) -> float:
    return sum(
        cost for name, cost in usd_per_million(measured.per_order).items() if name != EMAIL_SERVICE
    )


def test_an_order_needs_no_more_of_anything_than_was_promised(
    together: Measurement, print_figure: PrintFigure
) -> None:
    print_figure(f"a million orders: {without_letters(together):.2f} dollars, {together.per_order}")

    assert list(budget_violations(together.per_order)) == []
    assert without_letters(together) <= MAX_USD_PER_MILLION


def test_an_order_costs_the_same_when_there_are_more_before_it(
    shop: OurShop, together: Measurement
) -> None:
    later = measure(shop, 3 * ORDERS, batch=10)

    for unit in ("store_writes", "store_reads", "function_requests", "transitions", "letters"):
        assert later.per_order[unit] == pytest.approx(together.per_order[unit], rel=EDGES), unit


def test_alone_an_order_needs_more_invocations_and_not_more_writes(
    shop: OurShop, together: Measurement
) -> None:
    alone = measure(shop, 3, batch=1)

    assert alone.per_order["function_requests"] > 2 * together.per_order["function_requests"]
    writes = together.per_order["store_writes"]
    assert alone.per_order["store_writes"] == pytest.approx(writes, rel=EDGES)


def test_pages_write_nothing_and_read_little(shop: OurShop) -> None:
    for page, counts in measure_pages(shop).items():
        assert "store_writes" not in counts, page
        assert counts["store_reads"] <= 12.5, page


def test_the_twin_sells_the_same_and_would_break_the_budget(
    together: Measurement, print_figure: PrintFigure
) -> None:
    with naive_shop() as twin:
        measured = measure(twin, ORDERS, batch=10)
    ours, naive = without_letters(together), without_letters(measured)
    print_figure(
        f"a million orders: {ours:.2f} dollars, the twin {naive:.2f}, ratio {ours / naive:.2f}"
    )

    assert measured.per_order["letters"] == together.per_order["letters"]
    assert {it.partition(":")[0] for it in budget_violations(measured.per_order)} == {
        "function_requests",
        "transitions",
        "log_bytes",
    }
