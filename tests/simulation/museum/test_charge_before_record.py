"""Exhibit 3, charge before record: after a crash in between, the retry charges again."""

import pytest

from app.orders.payment import charge
from tests.builders import NOON, an_order, captured_intents
from tests.crash_injection import crash
from tests.simulation.museum.fake_services import FakeServices, SimulatedCrash


def pay(services: FakeServices, order_id: str) -> None:
    if services.get(order_id).get("paid"):
        return
    services.charge(order_id)
    services.put(order_id, paid=True)


def test_retry_after_a_crash_charges_twice() -> None:
    services = FakeServices().crash_before("put")
    with pytest.raises(SimulatedCrash):
        pay(services, "order")

    pay(services, "order")  # as every queue and every workflow retries

    assert services.charges == ["order", "order"]


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("last_call", ["UpdateItem payment", "UpdateItem captured"])
def test_app_saves_the_intent_before_it_charges(last_call: str) -> None:
    order = an_order()
    with crash(after=last_call):
        charge(order.order_id, now=NOON)

    charge(order.order_id, now=NOON)

    assert [intent.amount for intent in captured_intents(order)] == [order.total]
