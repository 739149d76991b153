import pytest

from tests.benchmarks.cost.budget import budget_violations
from tests.benchmarks.cost.per_order import MAX_UNITS_PER_ORDER
from tests.benchmarks.cost.prices import price_list, usd_per_million


def test_every_price_says_where_it_is_from() -> None:
    sources = {name: price.source for name, price in price_list().prices.items()}

    assert [
        name for name, it in sources.items() if not it.startswith("https://aws.amazon.com/")
    ] == []


def test_dollars_are_for_a_million_and_summed_by_service() -> None:
    assert usd_per_million({"transitions": 6, "store_writes": 10, "store_reads": 2}) == {
        "Step Functions": pytest.approx(150),
        "DynamoDB": pytest.approx(6.5),
    }


def test_what_has_no_price_is_not_passed_over() -> None:
    with pytest.raises(KeyError):
        usd_per_million({"coffees": 1})


def test_one_more_of_anything_breaks_the_budget() -> None:
    for unit in MAX_UNITS_PER_ORDER:
        assert (
            len(
                list(budget_violations(MAX_UNITS_PER_ORDER | {unit: MAX_UNITS_PER_ORDER[unit] + 1}))
            )
            == 1
        ), unit
