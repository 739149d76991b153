"""Moods of provider and carrier, the poison, and the page that switches them."""

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
from infra.local.faults.kinds import FAULTS
from infra.local.faults.switchboard import QUEUES, Switchboard
from infra.user_error import Trouble
from tests.builders import NOON, PACKED, an_order, an_order_in_status, captured_intents
from tests.unit.infra.visitor import Visitor
from tests.unit.workers.queue_readers import taken_from

# Those of the emulator would bite every other test of this session.
OF_THE_BOOKS = [it for it in FAULTS if it.place == "books"]


@pytest.fixture
def board(tables: LocalCloud) -> Iterator[Switchboard]:
    board = Switchboard(tables)
    yield board
    board.clear()


@pytest.fixture
def visitor(board: Switchboard, tables: LocalCloud) -> Visitor:
    return Visitor(Starlette(routes=fault_pages(tables)))


def switch(visitor: Visitor, name: str, **form: str) -> tuple[int, str]:
    answer = visitor.post(f"/console/faults/{name}", data=form)
    return answer.status_code, answer.text


def test_a_provider_that_declines_declines_whatever_the_method(board: Switchboard) -> None:
    board.switch_on("provider-declines")

    order = charge(an_order(payment_method="pm_succeeds").order_id, now=NOON)

    assert (order.final_status, order.close_reason) == ("declined", "card_declined")
    assert captured_intents(order) == []


def test_a_provider_that_times_out_has_moved_the_money_once(board: Switchboard) -> None:
    order = an_order(payment_method="pm_succeeds")
    board.switch_on("provider-times-out")

    with pytest.raises(GatewayUnavailable):
        charge(order.order_id, now=NOON)
    assert len(captured_intents(order)) == 1

    assert charge(order.order_id, now=NOON).status == "paid"
    assert len(captured_intents(order)) == 1


def test_a_provider_that_is_down_is_down_until_it_is_switched_off(board: Switchboard) -> None:
    order = an_order(payment_method="pm_succeeds")
    board.switch_on("provider-down")

    for _ in range(2):
        with pytest.raises(GatewayUnavailable):
            charge(order.order_id, now=NOON)

    board.switch_off("provider-down")
    assert charge(order.order_id, now=NOON).status == "paid"


def test_a_silent_carrier_takes_the_parcel_all_the_same(board: Switchboard) -> None:
    order = an_order_in_status("paid")
    board.switch_on("silent-carrier")

    with pytest.raises(CarrierUnavailable):
        ship(order.order_id, now=PACKED)

    board.switch_off("silent-carrier")
    assert ship(order.order_id, now=PACKED).status == "shipped"


def test_provider_has_one_forced_outcome_at_a_time(board: Switchboard) -> None:
    board.switch_on("provider-declines")
    board.switch_on("provider-down")
    board.switch_off("provider-declines")

    assert board.on() == {"provider-down": 0}


def test_poison_lies_in_every_queue(board: Switchboard, tables: LocalCloud) -> None:
    for queue in QUEUES:
        taken_from(tables, queue)

    board.switch_on("poison")

    for queue in QUEUES:
        assert "order_teleported" in taken_from(tables, queue)[-1]["Body"]


@pytest.mark.parametrize("fault", OF_THE_BOOKS, ids=lambda it: it.name)
def test_the_page_switches_on_and_off_and_says_so(
    visitor: Visitor, board: Switchboard, fault: object
) -> None:
    name = fault.name  # type: ignore[attr-defined]
    assert "Nothing is on" in visitor.get("/console/faults").text

    assert switch(visitor, name, to="on")[0] == 303
    assert name in board.on()
    assert "fault is on" in visitor.get("/console/faults").text

    assert switch(visitor, name, to="off")[0] == 303
    assert board.on() == {}


def test_all_off_is_all_off(visitor: Visitor, board: Switchboard) -> None:
    board.switch_on("provider-down")
    board.switch_on("silent-carrier")

    switch(visitor, "all")

    assert board.on() == {}


@pytest.mark.parametrize("strength", ["0", "61", "many", "-1", "1.5"])
def test_a_strength_that_cannot_be_is_refused_in_words(
    visitor: Visitor, board: Switchboard, strength: str
) -> None:
    status, page = switch(visitor, "duplicate", to="on", strength=strength)

    assert status == 422
    assert "a whole number of times from 1 to 60" in page
    assert board.on() == {}


def test_another_site_switches_nothing(visitor: Visitor, board: Switchboard) -> None:
    answer = visitor.post(
        "/console/faults/provider-down",
        data={"to": "on"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )

    assert answer.status_code == 403
    assert board.on() == {}


def test_an_unknown_fault_is_not_found(visitor: Visitor, board: Switchboard) -> None:
    assert switch(visitor, "gremlins", to="on")[0] == 404
    with pytest.raises(Trouble, match="There is no fault 'gremlins'"):
        board.switch_on("gremlins")


def test_the_page_tells_each_fault_and_its_command(visitor: Visitor) -> None:
    page = re.sub(r"\s+", " ", visitor.get("/console/faults").text)

    for fault in FAULTS:
        assert fault.title in page
        assert f"shop fault on {fault.name}" in page
