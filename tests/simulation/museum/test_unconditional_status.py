"""Exhibit 5: read the status, decide, write the new one whatever it is by then."""

import pytest

from app.orders.cancellation import cancel_order
from app.orders.payment import charge
from app.orders.transitions import find_order
from tests.builders import NOON, a_product, an_order, captured_intents
from tests.crash_injection import interleave
from tests.invariants import assert_invariants
from tests.simulation.museum.world import World


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
    product = a_product()
    order = an_order(product)

    with interleave(lambda: cancel_order(order.order_id, now=NOON), before="UpdateItem paying"):
        charge(order.order_id, now=NOON)

    assert find_order(order.order_id).status == "cancelled"
    assert captured_intents(order) == []
    assert_invariants(order.order_id, product)
