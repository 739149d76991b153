"""What the visits that lead to an order bill: pages, cart changes and polls."""

from collections.abc import Mapping

import pytest

from infra.local.prices import total_usd
from tests.benchmarks.cost.shopping import our_shop
from tests.benchmarks.cost.visits import (
    POLLS,
    SHARED_PAGES,
    Units,
    at_the_edge,
    measure_requests,
    requests_per_order,
    visits_table,
)
from tests.load.quotas import ORDERS_PER_VISIT, PAGES_PER_VISIT


@pytest.fixture(scope="module")
def requests() -> Mapping[str, Units]:
    with our_shop() as shop:
        return measure_requests(shop)


def test_every_request_of_the_load_test_is_measured(requests: Mapping[str, Units]) -> None:
    assert set(requests_per_order()) == set(requests)
    assert set(requests) > SHARED_PAGES


def test_an_order_has_as_many_requests_as_the_forecast_assumes() -> None:
    pages = sum(requests_per_order().values()) - POLLS

    assert pages == pytest.approx(PAGES_PER_VISIT / ORDERS_PER_VISIT, rel=0.1)


def test_a_cached_page_costs_a_request_of_cloudfront_and_its_bytes(
    requests: Mapping[str, Units],
) -> None:
    for name in SHARED_PAGES:
        assert total_usd(at_the_edge(requests[name])) < total_usd(requests[name]) / 1.9, name


def test_only_changes_of_the_cart_and_of_orders_write(requests: Mapping[str, Units]) -> None:
    writing = {name for name, units in requests.items() if units.get("write_units")}

    assert writing == {"Add to cart", "Remove from cart", "Cancel"}


def test_total_is_the_sum_of_the_rows(requests: Mapping[str, Units]) -> None:
    *rows, total, _ = list(visits_table({"write_units": 62}, requests))[2:]
    sums = [sum(float(row.split("|")[column]) for row in rows) for column in (3, 4)]

    assert [float(total.split("|")[column]) for column in (3, 4)] == pytest.approx(sums, abs=0.1)
