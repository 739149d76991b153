"""Exhibit 2, check-then-act race: two buyers read the same stock, and both take the last unit."""

import pytest

from app.orders.checkout import place_order
from app.orders.checkout_errors import SoldOut
from tests.builders import NOON, a_cart, a_product, a_request, counters
from tests.crash_injection import interleave
from tests.simulation.museum.fake_services import FakeServices


def buy(services: FakeServices, order_id: str) -> bool:
    available = services.get("pot")["available"]
    if available < 1:
        return False
    services.put("pot", available=available - 1)
    services.put(order_id, status="placed")
    return True


def test_last_unit_is_sold_twice() -> None:
    services = FakeServices(rows={"pot": {"available": 1}})
    services.interleave("put", lambda: buy(services, "faster order"))

    assert buy(services, "order")

    assert services.rows["pot"]["available"] == 0
    assert {"order", "faster order"} <= services.rows.keys()


@pytest.mark.usefixtures("tables")
def test_app_checks_and_reserves_stock_in_one_conditional_write() -> None:
    product = a_product(quantity=1)
    faster_cart, cart = a_cart(product), a_cart(product)

    def another_customer_buys() -> None:
        place_order(a_request(), faster_cart, now=NOON)

    with (
        interleave(another_customer_buys, before="TransactWriteItems"),
        pytest.raises(SoldOut),
    ):
        place_order(a_request(), cart, now=NOON)

    assert counters(product) == (0, 1, 0)
