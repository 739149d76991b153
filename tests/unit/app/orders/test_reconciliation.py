from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Conflict, NotFound
from app.orders.models import Order
from app.orders.reconciliation import (
    MAX_CHECK_DELAY,
    check_delay,
    request_restart,
    schedule_next_check,
    start_next_run,
    stuck_from,
)
from app.orders.shipping import ship
from app.orders.transitions import OrderChanged, find_order
from tests.builders import NOON, an_order_in_status

pytestmark = pytest.mark.usefixtures("tables")


@given(st.integers(0, 10**6))
def test_check_delay_never_shrinks_and_never_exceeds_a_quarter_of_an_hour(checks: int) -> None:
    assert check_delay(checks) <= check_delay(checks + 1) <= MAX_CHECK_DELAY


@pytest.mark.parametrize(
    ("status", "minutes"),
    [("placed", 20), ("paying", 20), ("paid", 50), ("reviewing", 24 * 60 + 20)],
)
def test_order_counts_as_stuck_when_its_status_lasts_too_long(status: str, minutes: int) -> None:
    order = an_order_in_status(status)

    assert stuck_from(order) == NOON + timedelta(minutes=minutes)


def test_end_of_packing_delays_no_other_status_and_may_be_unknown() -> None:
    shipping, paid = an_order_in_status("shipping"), an_order_in_status("paid")
    shipping.packing_until, paid.packing_until = NOON + timedelta(days=1), None

    usual = [it.status_changed_at + timedelta(minutes=20) for it in (shipping, paid)]

    assert [stuck_from(shipping), stuck_from(paid)] == usual


def test_order_is_checked_first_when_it_counts_as_stuck() -> None:
    for status in ("placed", "paying", "paid", "reviewing"):
        order = an_order_in_status(status)
        assert order.next_check_at == stuck_from(order)


def test_check_of_an_order_that_has_changed_is_left_to_the_other() -> None:
    order = an_order_in_status("paying")
    read_earlier = find_order(order.order_id)
    order.update(actions=[Order.next_check_at.set(NOON)])

    assert not schedule_next_check(read_earlier, now=NOON)
    assert find_order(order.order_id).checks is None


def test_next_run_is_counted_once() -> None:
    order = an_order_in_status("paying")
    first, second = find_order(order.order_id), find_order(order.order_id)

    assert start_next_run(first) == 2
    assert start_next_run(second) is None
    assert start_next_run(first) == 3


@pytest.mark.parametrize("status", ["shipped", "declined", "cancelled"])
def test_closed_order_has_no_next_run(status: str) -> None:
    order = an_order_in_status(status)

    assert start_next_run(order) is None
    with pytest.raises(Conflict):
        request_restart(order.order_id, now=NOON)
    assert find_order(order.order_id).next_check_at is None


def test_restart_of_an_unknown_order_raises_not_found() -> None:
    with pytest.raises(NotFound):
        request_restart("01ARZ3NDEKTSV4RRFFQ69G5FAV", now=NOON)


def test_restart_of_an_order_that_closes_meanwhile_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = an_order_in_status("shipping")
    open_order = find_order(order.order_id)
    ship(order.order_id, now=NOON + timedelta(days=1))
    monkeypatch.setattr("app.orders.reconciliation.find_order", lambda _: open_order)

    with pytest.raises(OrderChanged):
        request_restart(order.order_id, now=NOON)
