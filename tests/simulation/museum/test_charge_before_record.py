"""Exhibit 3: charge, then write that it is paid. Dying in between, the retry charges again."""

import pytest

from app.orders.payment import charge
from tests.builders import NOON, an_order, captured_intents
from tests.crash_injection import crash
from tests.simulation.museum.world import Died, World


def pay(world: World, order_id: str) -> None:
    if world.get(order_id).get("paid"):
        return
    world.charge(order_id)
    world.put(order_id, paid=True)


def test_the_customer_pays_twice() -> None:
    world = World().dying_before("put")
    with pytest.raises(Died):
        pay(world, "order")

    pay(world, "order")  # as every queue and every workflow would

    assert world.charges == ["order", "order"]


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("last_words", ["PutItem payment", "UpdateItem captured"])
def test_with_us_the_intent_is_written_down_before_money_can_move(last_words: str) -> None:
    order = an_order()
    with crash(after=last_words):
        charge(order.order_id, now=NOON)

    charge(order.order_id, now=NOON)

    assert [it.amount for it in captured_intents(order)] == [order.total]
