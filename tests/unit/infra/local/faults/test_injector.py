"""Faults of provider and carrier, poison messages, and the console's page of faults."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.applications import Starlette

from app import clock
from app.orders.payment import charge
from app.orders.shipping import ship
from app.payments.fake_gateway import FakePaymentGateway
from app.payments.gateway import GatewayUnavailable
from app.shipping.carrier import CarrierUnavailable
from app.shipping.fake_carrier import FakeCarrier
from infra.cli.inject_fault import read_duration
from infra.local.cloud import LocalCloud
from infra.local.console.faults import fault_pages
from infra.local.faults.injector import QUEUES, FaultInjector
from infra.local.faults.kinds import FAULTS
from infra.local.faults.outages import SERVICES, Service
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


@pytest.fixture
def tables_away(faults: FaultInjector) -> Iterator[None]:
    faults.enable("dynamodb-throttle", 1)
    yield
    faults.disable("dynamodb-throttle")


@pytest.mark.usefixtures("tables_away")
@pytest.mark.parametrize("method", ["retrieve", "confirm", "void", "refund", "find_intent"])
def test_provider_is_away_when_its_table_is(method: str) -> None:
    with pytest.raises(GatewayUnavailable, match="no connection"):
        getattr(FakePaymentGateway(), method)("pi_1")


@pytest.mark.usefixtures("tables_away")
def test_provider_accepts_no_intent_when_its_table_is_away() -> None:
    with pytest.raises(GatewayUnavailable, match="no connection"):
        FakePaymentGateway().create_intent("order", 2_450, "EUR", "pm_succeeds")


@pytest.mark.usefixtures("tables_away")
def test_carrier_is_away_when_its_table_is() -> None:
    with pytest.raises(CarrierUnavailable, match="no connection"):
        FakeCarrier().collect("order", "Torstraße 1", "DE")


def test_carrier_timeout_accepts_the_parcel(faults: FaultInjector) -> None:
    order = an_order_in_status("paid")
    faults.enable("carrier-times-out")

    with pytest.raises(CarrierUnavailable):
        ship(order.order_id, now=PACKED)

    faults.disable("carrier-times-out")
    assert ship(order.order_id, now=PACKED).status == "shipped"


def test_provider_has_one_forced_outcome_at_a_time(faults: FaultInjector) -> None:
    faults.enable("provider-declines")
    faults.enable("provider-times-out")
    faults.disable("provider-declines")

    assert faults.active() == {"provider-times-out": 0}


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


@pytest.mark.parametrize("service", SERVICES)
def test_page_takes_a_service_away_for_minutes(
    visitor: Visitor, faults: FaultInjector, service: Service
) -> None:
    assert submit(visitor, f"{service}-outage", state="on", strength="10")[0] == 303

    (outage,) = faults.outages()
    assert (outage.service, outage.duration) == (service, timedelta(minutes=10))
    assert faults.active() == {f"{service}-outage": 10}

    assert submit(visitor, f"{service}-outage", state="off")[0] == 303
    assert faults.outages() == []


def test_an_outage_without_a_duration_lasts_until_it_is_disabled(faults: FaultInjector) -> None:
    faults.enable("sqs-outage")

    assert faults.active() == {"sqs-outage": 0}
    later = clock.now() + timedelta(days=30)
    with clock.use_clock(lambda: later):
        assert faults.active() == {"sqs-outage": 0}


def test_an_outage_ends_by_itself(faults: FaultInjector) -> None:
    faults.start_outage("sns-outage", timedelta(minutes=5), "throttled")
    faults.start_outage("ses-outage", timedelta(minutes=15))

    later = clock.now() + timedelta(minutes=5, seconds=1)
    with clock.use_clock(lambda: later):
        assert faults.active() == {"ses-outage": 10}
        faults.start_outage("sqs-outage", timedelta(minutes=1))
        assert faults.active() == {"ses-outage": 10, "sqs-outage": 1}


def test_only_outages_have_a_duration(faults: FaultInjector) -> None:
    with pytest.raises(UserError, match="kill has no duration"):
        faults.start_outage("kill", timedelta(minutes=1))


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10m", 600), (" 2h", 7_200), ("24h", 86_400)]
)
def test_durations_have_a_unit(text: str, seconds: int) -> None:
    assert read_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["10", "m", "0m", "-1m", "1.5h", "1d", "10 minutes", "9999999h"])
def test_a_wrong_duration_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UserError, match="such as 90s, 10m or 2h"):
        read_duration(text)


def test_page_disables_all_faults(visitor: Visitor, faults: FaultInjector) -> None:
    faults.enable("provider-declines")
    faults.enable("carrier-times-out")
    faults.enable("ses-outage")

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
        "/console/faults/provider-declines",
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
