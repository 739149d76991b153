"""Exhibit 4, content hash as idempotency key: equal orders collapse, an edited retry does not."""

import hashlib
import json
from typing import Any

import pytest

from app.orders.checkout import place_order
from tests.builders import NOON, a_cart, a_product, a_request, counters
from tests.simulation.museum.fake_services import FakeServices


def place(services: FakeServices, body: str) -> str:
    key = hashlib.sha256(body.encode()).hexdigest()
    existing = services.get(key)
    if existing:
        return str(existing["order_id"])
    order_id = f"order-{len(services.rows) + 1}"
    services.put(key, order_id=order_id)
    return order_id


def body_of(**order: Any) -> str:
    return json.dumps(order)


def test_second_equal_order_is_taken_for_a_retry() -> None:
    services = FakeServices()

    first = place(services, body_of(sku="pot", email="ada@potter.example"))
    a_year_later = place(services, body_of(sku="pot", email="ada@potter.example"))

    assert first == a_year_later


def test_retry_with_another_field_order_places_a_second_order() -> None:
    services = FakeServices()

    first = place(services, body_of(sku="pot", email="ada@potter.example"))
    retry = place(services, body_of(email="ada@potter.example", sku="pot"))

    assert first != retry


@pytest.mark.usefixtures("tables")
def test_app_uses_the_order_id_of_the_request_as_idempotency_key() -> None:
    product = a_product()
    first, second = a_request(), a_request()

    order_ids = [
        place_order(request, a_cart(product), now=NOON).order_id
        for request in (first, first, second)
    ]

    assert order_ids == [first.order_id, first.order_id, second.order_id]
    assert counters(product) == (18, 2, 0)
