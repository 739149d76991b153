from datetime import timedelta

import pytest

from app.errors import Conflict
from app.orders.cancellation import cancel_order
from app.orders.queries import load_order_details
from app.orders.shipping import ship
from app.orders.transitions import find_order
from tests.builders import (
    NOON,
    PACKED,
    UNREACHABLE,
    a_product,
    an_order,
    an_order_in_status,
    captured_intents,
    counters,
)
from tests.crash_injection import crash, interleave
from tests.invariants import assert_invariants, run_to_completion

pytestmark = pytest.mark.usefixtures("tables")


def test_ship_hands_over_the_parcel_and_commits_the_stock() -> None:
    product = a_product()
    order = an_order_in_status("paid", product)

    shipped = ship(order.order_id, now=PACKED)

    assert shipped.status == "shipped"
    assert shipped.tracking_code
    assert counters(product) == (19, 0, 1)
    assert_invariants(order.order_id, product)


def test_repeated_ship_has_no_effect() -> None:
    product = a_product()
    order = an_order_in_status("shipped", product)

    assert ship(order.order_id, now=PACKED).tracking_code == order.tracking_code
    assert_invariants(order.order_id, product)


def test_order_is_not_shipped_before_it_is_packed() -> None:
    order = an_order_in_status("paid")

    assert ship(order.order_id, now=NOON + timedelta(seconds=1799)).status == "paid"
    assert ship(order.order_id, now=NOON + timedelta(seconds=1800)).status == "shipped"


def test_order_with_a_cancellation_request_is_never_shipped() -> None:
    product = a_product()
    order = cancel_order(an_order_in_status("paid", product).order_id, now=NOON)

    assert ship(order.order_id, now=PACKED).status == "paid"
    assert run_to_completion(order.order_id).status == "cancelled"
    assert_invariants(order.order_id, product)


def test_cancellation_between_read_and_transition_wins() -> None:
    order = an_order_in_status("paid")

    with interleave(lambda: cancel_order(order.order_id, now=NOON), before="UpdateItem shipping"):
        unshipped = ship(order.order_id, now=PACKED)

    assert (unshipped.status, unshipped.cancel_requested) == ("paid", True)


def test_cancellation_after_the_shipping_transition_raises_conflict() -> None:
    order = an_order_in_status("paid")

    def cancel_too_late() -> None:
        with pytest.raises(Conflict):
            cancel_order(order.order_id, now=NOON)

    with interleave(cancel_too_late, before="GetItem carrier-records"):
        assert ship(order.order_id, now=PACKED).status == "shipped"


def test_ship_is_idempotent_after_a_crash_following_the_handover() -> None:
    order = an_order_in_status("paid")
    with crash(after="PutItem carrier-records"):
        ship(order.order_id, now=PACKED)
    assert find_order(order.order_id).status == "shipping"

    assert ship(order.order_id, now=PACKED).status == "shipped"


def test_undeliverable_address_starts_a_refund() -> None:
    product = a_product()
    order = an_order(product, street=UNREACHABLE)

    closed = run_to_completion(order.order_id)

    assert closed.status == "cancelled"
    assert closed.close_reason == "undeliverable"
    assert closed.refunded == order.total
    assert [it.refund_id is not None for it in captured_intents(order)] == [True]
    assert_invariants(order.order_id, product)


@pytest.mark.parametrize("status", ["placed", "reviewing", "paying", "refunding", "declined"])
def test_ship_ignores_orders_in_other_statuses(status: str) -> None:
    order = an_order_in_status(status)

    assert ship(order.order_id, now=PACKED).status == status
    assert load_order_details(order.order_id).event_time("order_shipped") is None
