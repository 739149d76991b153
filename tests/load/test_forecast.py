"""`shop load forecast`: what limits the orders per second of the template, the lowest first."""

from tests.load.forecast import Ceiling, ceilings
from tests.load.template_limits import read_limits


def ceiling_of(stage: str, words: str, **parameters: int) -> Ceiling:
    (found,) = [it for it in ceilings(read_limits(stage, **parameters)) if words in it.what]
    return found


def test_new_account_stops_a_demo_first_and_the_api_next() -> None:
    first, second, *_ = ceilings(read_limits("demo"))

    assert "10 executions" in first.what
    assert (second.source, round(second.orders_per_second, 1)) == ("RequestsPerSecond", 4.0)


def test_template_takes_a_hundred_orders_a_second_in_production() -> None:
    """The quota of 1,000 executions and a new table stop below that; AWS raises both."""
    template = [it for it in ceilings(read_limits("production")) if "https" not in it.source]

    assert min(it.orders_per_second for it in template) >= 100


def test_parameters_move_the_ceilings_that_name_them() -> None:
    assert ceiling_of("demo", "all pages", RequestsPerSecond=630).orders_per_second == 10
    assert ceiling_of("demo", "checkout", OrdersPerSecond=7).orders_per_second == 7
    assert ceiling_of("demo", "email worker", WorkerConcurrency=4).orders_per_second == 20


def test_forecast_begins_with_the_lowest_ceiling() -> None:
    orders = [it.orders_per_second for it in ceilings(read_limits("production"))]

    assert orders == sorted(orders)
    assert len(orders) == 13
