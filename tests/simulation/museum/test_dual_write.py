"""Exhibit 1, dual write: the order is saved, then published; a crash in between loses the event."""

import pytest

from app.errors import NotFound
from app.orders.checkout import place_order
from app.orders.queries import load_order_details
from app.orders.transitions import find_order
from tests.builders import NOON, a_cart, a_product, a_request, a_stream_batch, counters
from tests.crash_injection import crash
from tests.simulation.museum.fake_services import FakeServices, SimulatedCrash
from workers import publish


def save_then_publish(services: FakeServices, order_id: str) -> None:
    services.put(order_id, status="placed")
    services.publish(f"order_placed {order_id}")


def publish_then_save(services: FakeServices, order_id: str) -> None:
    services.publish(f"order_placed {order_id}")
    services.put(order_id, status="placed")


def test_save_then_publish_leaves_an_order_without_an_event() -> None:
    services = FakeServices().crash_before("publish")

    with pytest.raises(SimulatedCrash):
        save_then_publish(services, "order")

    assert services.rows["order"] == {"status": "placed"}
    assert services.published == []


def test_publish_then_save_publishes_an_order_that_does_not_exist() -> None:
    services = FakeServices().crash_before("put")

    with pytest.raises(SimulatedCrash):
        publish_then_save(services, "order")

    assert services.published == ["order_placed order"]
    assert services.rows == {}


@pytest.mark.usefixtures("tables")
def test_app_writes_order_and_outbox_event_in_one_transaction() -> None:
    product = a_product()
    lost, saved = a_request(), a_request()

    with crash(before="TransactWriteItems"):
        place_order(lost, a_cart(product), now=NOON)
    with crash(after="TransactWriteItems"):
        place_order(saved, a_cart(product), now=NOON)

    with pytest.raises(NotFound):
        find_order(lost.order_id)
    (event,) = load_order_details(saved.order_id).events
    assert event.unpublished is not None
    assert counters(product) == (19, 1, 0)


@pytest.mark.usefixtures("tables")
def test_app_publishes_an_outbox_event_after_a_crash() -> None:
    order = place_order(a_request(), a_cart(), now=NOON)
    with crash(before="Publish"):
        publish.handler(a_stream_batch(order), None)

    publish.handler(a_stream_batch(order), None)

    assert load_order_details(order.order_id).events[0].published_at
