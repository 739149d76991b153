"""Exhibit 5: read the status, decide, write the new one whatever it is by then."""

import pytest

from app.orders.cancelling import cancel
from app.orders.dispatching import ship
from app.orders.fulfilment import find_order
from tests.builders import NOON, PACKED, an_order_that_is
from tests.dying import meanwhile
from tests.museum.world import World


def hand_over(world: World, order_id: str) -> None:
    if world.get(order_id)["status"] == "paid":
        world.put(order_id, status="shipped")


def call_off(world: World, order_id: str) -> bool:
    if world.get(order_id)["status"] != "paid":
        return False
    world.put(order_id, status="cancelled", refunded=True)
    return True


def test_a_cancelled_and_refunded_order_is_shipped() -> None:
    world = World(rows={"order": {"status": "paid"}})
    world.meanwhile("put", lambda: call_off(world, "order"))

    hand_over(world, "order")

    assert world.rows["order"] == {"status": "shipped", "refunded": True}


@pytest.mark.usefixtures("tables")
def test_with_us_the_write_is_refused_when_the_status_is_another_one() -> None:
    order_id = an_order_that_is("paid").order_id

    with meanwhile(lambda: cancel(order_id, now=NOON), before="TransactWriteItems"):
        ship(order_id, now=PACKED)

    order = find_order(order_id)
    assert (order.status, order.cancel_requested) == ("paid", True)
    assert order.tracking_code is None
