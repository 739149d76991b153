"""The tour of an order is the way of a real order on the local cloud.

`pytest tests/integration/journeys/test_tour.py --record` writes the recorded order.
"""

import msgspec
import pytest

from app.orders.models import Order
from infra.local.console.emails import Mailbox
from infra.local.console.tour import GOLDEN_ORDER, GoldenOrder, read_golden_order
from infra.local.form_client import Shopper
from infra.ops.deployed_stack import DeployedStack
from infra.ops.traces import read_spans
from tests.builders import a_product, sku_of
from tests.fake_clouds import DeployedShop
from tests.integration.journeys.order_polling import (
    eventually,
    place_test_order,
    states_of,
    wait_for_status,
)
from tests.simulation.simulator.golden_order import golden_spans

MAX_FURTHER_ORDERS = 6


def test_stops_of_the_tour_are_those_of_a_real_order(
    shop: DeployedShop, request: pytest.FixtureRequest
) -> None:
    shopper = Shopper(shop.url)
    product = a_product()
    page = f"/products/{product.slug}"  # a warm function caches the catalog for 30 s
    eventually(lambda: shopper.browser.get(page).status_code == 200)
    shopper.add_to_cart(sku_of(product))
    order_id = shopper.pay(shopper.fill_in_checkout("pm_succeeds"))
    order = wait_for_status(Order(order_id), "shipped")

    recorded = _record(shop, order)
    # On a busy machine the emulator logs the last lines of a function with its next invocation.
    for _ in range(MAX_FURTHER_ORDERS):
        if recorded == read_golden_order():
            break
        wait_for_status(place_test_order(a_product()), "shipped")
        recorded = _record(shop, order)
    if request.config.getoption("--record"):
        GOLDEN_ORDER.write_bytes(
            msgspec.json.format(msgspec.json.encode(recorded), indent=1) + b"\n"
        )
        read_golden_order.cache_clear()

    assert recorded == read_golden_order()


def _record(shop: DeployedShop, order: Order) -> GoldenOrder:
    stack = DeployedStack.on_local_cloud(shop.cloud)
    spans = golden_spans(read_spans(stack, order.order_id))
    emails = [it for it in Mailbox(shop.cloud).list_emails() if order.order_id in it.text]
    subjects = sorted(it.subject.replace(order.number, "NUMBER") for it in emails)
    return GoldenOrder(tuple(spans), tuple(states_of(shop, order)), tuple(subjects))
