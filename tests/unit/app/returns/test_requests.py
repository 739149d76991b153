"""A return is requested, approved or refused once, and by one of two people at once."""

from datetime import timedelta

import pytest

from app.errors import Conflict
from app.orders.models import Order
from app.orders.queries import load_order_details
from app.orders.return_policy import PARCEL_WINDOW, RETURN_WINDOW, ReturnReason
from app.orders.transitions import find_order
from app.returns.requests import (
    ReturnRequest,
    approve_return,
    expire_return,
    is_returnable,
    refuse_return,
    request_return,
)
from app.returns.transitions import find_return
from tests.builders import (
    PACKED,
    SHIPPED,
    a_product,
    a_received_return,
    a_return,
    an_approved_return,
    an_order_in_status,
    sku_of,
)
from tests.crash_injection import crash, interleave
from tests.fake_clouds import MERCHANT

pytestmark = pytest.mark.usefixtures("tables")


def a_shipped_order(of_each: int = 2) -> Order:
    return an_order_in_status("shipped", a_product(), of_each=of_each)


def events_of(order: Order) -> list[str]:
    types = [row.type for row in load_order_details(order.order_id).events]
    return [it for it in types if it.startswith("return_")]


def test_request_is_recorded_with_its_event() -> None:
    order = a_shipped_order()

    row = a_return(order, note="A crack in the lid.")

    assert (row.number, row.status, row.note) == (1, "requested", "A crack in the lid.")
    assert events_of(order) == ["return_requested"]
    bodies = [it.body for it in load_order_details(order.order_id).events]
    assert not [it for it in bodies if "crack" in it], "an event has no personal data"


def test_repeated_request_is_the_same_return() -> None:
    order = a_shipped_order()

    first, second = (a_return(order, request_id="01" * 13) for _ in range(2))

    assert (first.part, first.requested_at) == (second.part, second.requested_at)
    assert events_of(order) == ["return_requested"]


def test_double_click_makes_one_return() -> None:
    order = a_shipped_order()

    with interleave(
        lambda: a_return(order, request_id="01" * 13), before="TransactWriteItems return#1"
    ):
        a_return(order, request_id="01" * 13)

    assert events_of(order) == ["return_requested"]


def test_second_return_waits_for_the_end_of_the_first() -> None:
    order = a_shipped_order()
    units = {order.lines[0].sku: 1}
    a_return(order, units)
    with pytest.raises(Conflict, match="already has a return"):
        a_return(order, units)

    refuse_return(order.order_id, 1, "We can't.", by=MERCHANT, now=SHIPPED)

    assert a_return(order, units).number == 2


@pytest.mark.parametrize("quantity", [0, 3, -1])
def test_only_units_that_were_bought_can_be_returned(quantity: int) -> None:
    order = a_shipped_order()
    chosen = {order.lines[0].sku: quantity}

    with pytest.raises(Conflict, match="more than you received"):
        request_return(
            order.order_id, ReturnRequest("an id", chosen, ReturnReason.OTHER), now=SHIPPED
        )


def test_another_sku_than_the_ordered_ones_is_refused() -> None:
    order, other = a_shipped_order(), a_product()

    with pytest.raises(Conflict):
        a_return(order, {sku_of(other): 1})


@pytest.mark.parametrize("status", ["placed", "paid", "shipping", "cancelled", "declined"])
def test_order_that_is_not_shipped_cannot_be_returned(status: str) -> None:
    order = an_order_in_status(status)

    assert not is_returnable(load_order_details(order.order_id), now=SHIPPED)
    with pytest.raises(Conflict):
        a_return(order)


def test_return_can_be_requested_for_thirty_days_after_shipping() -> None:
    order = a_shipped_order()
    details, last = load_order_details(order.order_id), PACKED + RETURN_WINDOW

    assert is_returnable(details, now=last - timedelta(seconds=1))
    assert not is_returnable(details, now=last)
    with pytest.raises(Conflict, match="30 days"):
        request_return(
            order.order_id,
            ReturnRequest("an id", {order.lines[0].sku: 1}, ReturnReason.OTHER),
            now=last,
        )


@pytest.mark.parametrize("moment", ["before", "after"])
def test_crash_around_the_write_of_a_request_leaves_all_of_it_or_nothing(moment: str) -> None:
    order = a_shipped_order()
    with crash(**{moment: "TransactWriteItems return#1"}):
        a_return(order, request_id="01" * 13)

    a_return(order, request_id="01" * 13)

    details = load_order_details(order.order_id)
    assert len(details.returns) == 1
    assert events_of(order) == ["return_requested"]


def test_two_merchants_decide_once() -> None:
    order = a_shipped_order()
    a_return(order)

    with (
        interleave(
            lambda: refuse_return(order.order_id, 1, "No.", by=MERCHANT, now=SHIPPED),
            before="TransactWriteItems return_approved",
        ),
        pytest.raises(Conflict, match="already been decided"),
    ):
        approve_return(order.order_id, 1, by=MERCHANT, now=SHIPPED)

    row = find_return(order.order_id, 1)
    assert (row.status, row.refusal) == ("refused", "No.")
    assert not row.open_shard
    assert events_of(order) == ["return_requested", "return_refused"]


def test_received_return_can_no_longer_be_refused() -> None:
    order = a_shipped_order()
    a_received_return(order)

    with pytest.raises(Conflict):
        refuse_return(order.order_id, 1, "No.", by=MERCHANT, now=SHIPPED)


def test_approved_return_ends_when_its_parcel_does_not_come() -> None:
    order = a_shipped_order()
    an_approved_return(order)
    late = SHIPPED + PARCEL_WINDOW

    assert not expire_return(order.order_id, 1, now=late - timedelta(seconds=1))
    assert [expire_return(order.order_id, 1, now=late) for _ in range(2)] == [True, False]

    row = find_return(order.order_id, 1)
    assert (row.status, row.refusal_reason) == ("refused", "not_received")
    assert find_order(order.order_id).event_count == order.event_count + 3
