"""Exhibit 1: the order is saved, then published. Dying in between loses it to everybody else."""

import pytest

from app.errors import NotFound
from app.orders.checkout import place_order
from app.orders.queries import load_order_details
from app.orders.transitions import find_order
from tests.builders import NOON, a_cart, a_product, a_request, a_stream_batch, counters
from tests.crash_injection import crash
from tests.simulation.museum.world import Died, World
from workers import publish


def place(world: World, order_id: str) -> None:
    world.put(order_id, status="placed")
    world.publish(f"order_placed {order_id}")


def place_the_other_way_round(world: World, order_id: str) -> None:
    world.publish(f"order_placed {order_id}")
    world.put(order_id, status="placed")


def test_an_order_that_nobody_hears_of() -> None:
    world = World().dying_before("publish")

    with pytest.raises(Died):
        place(world, "order")

    assert world.rows["order"] == {"status": "placed"}
    assert world.published == []


def test_or_one_that_everybody_hears_of_and_that_is_not_there() -> None:
    world = World().dying_before("put")

    with pytest.raises(Died):
        place_the_other_way_round(world, "order")

    assert world.published == ["order_placed order"]
    assert world.rows == {}


@pytest.mark.usefixtures("tables")
def test_with_us_order_and_event_are_written_together_or_not_at_all() -> None:
    product = a_product()
    lost, kept = a_request(), a_request()

    with crash(before="TransactWriteItems"):
        place_order(lost, a_cart(product), now=NOON)
    with crash(after="TransactWriteItems"):
        place_order(kept, a_cart(product), now=NOON)

    with pytest.raises(NotFound):
        find_order(lost.order_id)
    assert [row.unpublished is not None for row in load_order_details(kept.order_id).events] == [
        True
    ]
    assert counters(product) == (19, 1, 0)


@pytest.mark.usefixtures("tables")
def test_with_us_what_was_not_published_still_is() -> None:
    order = place_order(a_request(), a_cart(), now=NOON)
    with crash(before="Publish"):
        publish.handler(a_stream_batch(order), None)

    publish.handler(a_stream_batch(order), None)

    assert load_order_details(order.order_id).events[0].published_at
