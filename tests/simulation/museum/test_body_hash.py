"""Exhibit 4: the same body is the same order. It need not be, and the same may look different."""

import hashlib
import json
from typing import Any

import pytest

from app.orders.checkout import place_order
from tests.builders import NOON, a_cart, a_product, a_request, counters
from tests.simulation.museum.world import World


def place(world: World, body: str) -> str:
    key = hashlib.sha256(body.encode()).hexdigest()
    earlier = world.get(key)
    if earlier:
        return str(earlier["order_id"])
    order_id = f"order-{len(world.rows) + 1}"
    world.put(key, order_id=order_id)
    return order_id


def body_of(**order: Any) -> str:
    return json.dumps(order)


def test_who_buys_the_same_again_gets_nothing() -> None:
    world = World()

    first = place(world, body_of(sku="pot", email="ada@potter.example"))
    next_birthday = place(world, body_of(sku="pot", email="ada@potter.example"))

    assert first == next_birthday


def test_and_a_retry_that_is_spelt_differently_buys_twice() -> None:
    world = World()

    first = place(world, body_of(sku="pot", email="ada@potter.example"))
    retried = place(world, body_of(email="ada@potter.example", sku="pot"))

    assert first != retried


@pytest.mark.usefixtures("tables")
def test_with_us_whoever_asks_names_the_order() -> None:
    product = a_product()
    first, next_birthday = a_request(), a_request()

    placed = [
        place_order(request, a_cart(product), now=NOON).order_id
        for request in (first, first, next_birthday)
    ]

    assert placed == [first.order_id, first.order_id, next_birthday.order_id]
    assert counters(product) == (18, 2, 0)
