"""Exhibit 2: look whether there is enough, then take it. Two who look at once both take it."""

import pytest

from app.orders.checkout import place_order
from app.orders.checkout_errors import SoldOut
from tests.builders import NOON, a_cart, a_product, a_request, counters
from tests.crash_injection import interleave
from tests.simulation.museum.world import World


def buy(world: World, order_id: str) -> bool:
    left = world.get("last pot")["available"]
    if left < 1:
        return False
    world.put("last pot", available=left - 1)
    world.put(order_id, status="placed")
    return True


def test_the_last_piece_is_sold_twice() -> None:
    world = World(rows={"last pot": {"available": 1}})
    world.meanwhile("put", lambda: buy(world, "a quicker order"))

    assert buy(world, "order")

    assert world.rows["last pot"]["available"] == 0
    assert {"order", "a quicker order"} <= world.rows.keys()


@pytest.mark.usefixtures("tables")
def test_with_us_looking_and_taking_is_one_write() -> None:
    product = a_product(quantity=1)
    quicker, slower = a_cart(product), a_cart(product)

    def somebody_else_buys() -> None:
        place_order(a_request(), quicker, now=NOON)

    with interleave(somebody_else_buys, before="TransactWriteItems"), pytest.raises(SoldOut):
        place_order(a_request(), slower, now=NOON)

    assert counters(product) == (0, 1, 0)
