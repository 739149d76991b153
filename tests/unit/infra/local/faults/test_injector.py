"""Faults of provider and carrier, poison messages, and the console's page of faults."""

import re
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette

from app.orders.payment import charge
from app.orders.shipping import ship
from app.payments.gateway import GatewayUnavailable
from app.shipping.carrier import CarrierUnavailable
from infra.local.cloud import LocalCloud
from infra.local.console.faults import fault_pages
from infra.local.faults.injector import QUEUES, FaultInjector
from infra.local.faults.kinds import FAULTS
from infra.user_error import UserError
from tests.builders import NOON, PACKED, an_order, an_order_in_status, captured_intents
from tests.unit.infra.visitor import Visitor
from tests.unit.workers.queue_readers import drain_queue

# Faults of the emulator would affect every other test of this session.
PROVIDER_FAULTS = [fault for fault in FAULTS if fault.target == "providers"]


@pytest.fixture
def faults(tables: LocalCloud) -> Iterator[FaultInjector]:
    injector = FaultInjector(tables)
    yield injector
    injector.clear()


@pytest.fixture
def visitor(faults: FaultInjector, tables: LocalCloud) -> Visitor:
    return Visitor(Starlette(routes=fault_pages(tables)))


def submit(visitor: Visitor, name: str, **form: str) -> tuple[int, str]:
    response = visitor.post(f"/console/faults/{name}", data=form)
    return response.status_code, response.text


def test_forced_decline_overrides_the_payment_method(faults: FaultInjector) -> None:
    faults.enable("provider-declines")

    order = charge(an_order(payment_method="pm_succeeds").order_id, now=NOON)

    assert (order.final_status, order.close_reason) == ("declined", "card_declined")
    assert captured_intents(order) == []


def test_payment_timeout_captures_once(faults: FaultInjector) -> None:
    order = an_order(payment_method="pm_succeeds")
    faults.enable("provider-times-out")

    with pytest.raises(GatewayUnavailable):
        charge(order.order_id, now=NOON)
    assert len(captured_intents(order)) == 1

    assert charge(order.order_id, now=NOON).status == "paid"
    assert len(captured_intents(order)) == 1


def test_provider_is_down_until_the_fault_is_disabled(faults: FaultInjector) -> None:
    order = an_order(payment_method="pm_succeeds")
    faults.enable("provider-down")

    for _ in range(2):
        with pytest.raises(GatewayUnavailable):
            charge(order.order_id, now=NOON)

    faults.disable("provider-down")
    assert charge(order.order_id, now=NOON).status == "paid"


def test_carrier_timeout_accepts_the_parcel(faults: FaultInjector) -> None:
    order = an_order_in_status("paid")
    faults.enable("carrier-times-out")

    with pytest.raises(CarrierUnavailable):
        ship(order.order_id, now=PACKED)

    faults.disable("carrier-times-out")
    assert ship(order.order_id, now=PACKED).status == "shipped"


def test_provider_has_one_forced_outcome_at_a_time(faults: FaultInjector) -> None:
    faults.enable("provider-declines")
    faults.enable("provider-down")
    faults.disable("provider-declines")

    assert faults.active() == {"provider-down": 0}


def test_poison_message_is_sent_to_every_queue(faults: FaultInjector, tables: LocalCloud) -> None:
    for queue in QUEUES:
        drain_queue(tables, queue)

    faults.enable("poison-message")

    for queue in QUEUES:
        assert "order_teleported" in drain_queue(tables, queue)[-1]["Body"]


@pytest.mark.parametrize("fault", PROVIDER_FAULTS, ids=lambda it: it.name)
def test_page_enables_and_disables_a_fault(
    visitor: Visitor, faults: FaultInjector, fault: object
) -> None:
    name = fault.name  # type: ignore[attr-defined]
    assert "No fault is active" in visitor.get("/console/faults").text

    assert submit(visitor, name, state="on")[0] == 303
    assert name in faults.active()
    assert "fault is active" in visitor.get("/console/faults").text

    assert submit(visitor, name, state="off")[0] == 303
    assert faults.active() == {}


def test_page_disables_all_faults(visitor: Visitor, faults: FaultInjector) -> None:
    faults.enable("provider-down")
    faults.enable("carrier-times-out")

    submit(visitor, "all")

    assert faults.active() == {}


@pytest.mark.parametrize("strength", ["0", "61", "many", "-1", "1.5"])
def test_invalid_strength_is_rejected_with_a_message(
    visitor: Visitor, faults: FaultInjector, strength: str
) -> None:
    status, page = submit(visitor, "duplicate", state="on", strength=strength)

    assert status == 422
    assert "enter a whole number of times from 1 to 60" in page
    assert faults.active() == {}


def test_cross_site_request_is_rejected(visitor: Visitor, faults: FaultInjector) -> None:
    response = visitor.post(
        "/console/faults/provider-down",
        data={"state": "on"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )

    assert response.status_code == 403
    assert faults.active() == {}


def test_unknown_fault_is_not_found(visitor: Visitor, faults: FaultInjector) -> None:
    assert submit(visitor, "gremlins", state="on")[0] == 404
    with pytest.raises(UserError, match="There is no fault 'gremlins'"):
        faults.enable("gremlins")


def test_page_shows_each_fault_and_its_command(visitor: Visitor) -> None:
    page = re.sub(r"\s+", " ", visitor.get("/console/faults").text)

    for fault in FAULTS:
        assert fault.title in page
        assert f"shop inject-fault on {fault.name}" in page
