"""Exhibit 5, lost update: the status is read, then overwritten whatever it is by then."""

import pytest

from app.orders.cancellation import cancel_order
from app.orders.payment import charge
from app.orders.transitions import find_order
from tests.builders import NOON, a_product, an_order, captured_intents
from tests.crash_injection import interleave
from tests.invariants import assert_invariants
from tests.simulation.museum.fake_services import FakeServices


def ship(services: FakeServices, order_id: str) -> None:
    if services.get(order_id)["status"] == "paid":
        services.put(order_id, status="shipped")


def cancel(services: FakeServices, order_id: str) -> bool:
    if services.get(order_id)["status"] != "paid":
        return False
    services.put(order_id, status="cancelled", refunded=True)
    return True


def test_cancelled_and_refunded_order_is_shipped() -> None:
    services = FakeServices(rows={"order": {"status": "paid"}})
    services.interleave("put", lambda: cancel(services, "order"))

    ship(services, "order")

    assert services.rows["order"] == {"status": "shipped", "refunded": True}


@pytest.mark.usefixtures("tables")
def test_app_refuses_a_transition_from_a_status_that_has_changed() -> None:
    product = a_product()
    order = an_order(product)

    with interleave(lambda: cancel_order(order.order_id, now=NOON), before="UpdateItem paying"):
        charge(order.order_id, now=NOON)

    assert find_order(order.order_id).status == "cancelled"
    assert captured_intents(order) == []
    assert_invariants(order.order_id, product)
