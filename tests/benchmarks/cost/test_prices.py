import pytest

from infra.local.prices import price_list, usd_per_million
from tests.benchmarks.cost.budget import budget_violations
from tests.benchmarks.cost.per_order import MAX_UNITS_PER_ORDER


def test_every_price_has_an_aws_page_as_source() -> None:
    sources = {name: price.source for name, price in price_list().prices.items()}

    assert [
        name for name, it in sources.items() if not it.startswith("https://aws.amazon.com/")
    ] == []


def test_costs_are_in_usd_per_million_by_service() -> None:
    assert usd_per_million({"transitions": 6, "write_units": 10, "read_units": 2}) == {
        "Step Functions": pytest.approx(150),
        "DynamoDB": pytest.approx(6.5),
    }


def test_a_unit_without_a_price_is_refused() -> None:
    with pytest.raises(KeyError):
        usd_per_million({"coffees": 1})


def test_one_more_of_any_unit_violates_the_budget() -> None:
    for unit in MAX_UNITS_PER_ORDER:
        assert (
            len(
                list(budget_violations(MAX_UNITS_PER_ORDER | {unit: MAX_UNITS_PER_ORDER[unit] + 1}))
            )
            == 1
        ), unit
