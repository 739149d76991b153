from datetime import timedelta

import pytest

from app.errors import Conflict
from app.orders.cancellation import cancel
from app.orders.queries import story_of
from app.orders.shipping import ship
from app.orders.transitions import find_order
from tests.builders import (
    NOON,
    PACKED,
    UNREACHABLE,
    a_product,
    an_order,
    an_order_that_is,
    charges_of,
    counters,
)
from tests.crash_injection import dying, meanwhile
from tests.invariants import assert_all_is_well, brought_to_its_end

pytestmark = pytest.mark.usefixtures("tables")


def test_a_packed_order_is_handed_over_and_its_pieces_are_sold() -> None:
    product = a_product()
    order = an_order_that_is("paid", product)

    shipped = ship(order.order_id, now=PACKED)

    assert shipped.status == "shipped"
    assert shipped.tracking_code
    assert counters(product) == (19, 0, 1)
    assert_all_is_well(order.order_id, product)


def test_shipping_again_changes_nothing() -> None:
    product = a_product()
    order = an_order_that_is("shipped", product)

    assert ship(order.order_id, now=PACKED).tracking_code == order.tracking_code
    assert_all_is_well(order.order_id, product)


def test_an_order_that_is_still_being_packed_waits() -> None:
    order = an_order_that_is("paid")

    assert ship(order.order_id, now=NOON + timedelta(seconds=1799)).status == "paid"
    assert ship(order.order_id, now=NOON + timedelta(seconds=1800)).status == "shipped"


def test_a_cancelled_order_is_never_shipped() -> None:
    product = a_product()
    order = cancel(an_order_that_is("paid", product).order_id, now=NOON)

    assert ship(order.order_id, now=PACKED).status == "paid"
    assert brought_to_its_end(order.order_id).status == "cancelled"
    assert_all_is_well(order.order_id, product)


def test_a_cancel_between_looking_and_claiming_wins() -> None:
    order = an_order_that_is("paid")

    with meanwhile(lambda: cancel(order.order_id, now=NOON), before="UpdateItem shipping"):
        left_alone = ship(order.order_id, now=PACKED)

    assert (left_alone.status, left_alone.cancel_requested) == ("paid", True)


def test_a_cancel_after_claiming_is_too_late() -> None:
    order = an_order_that_is("paid")

    def cancel_in_vain() -> None:
        with pytest.raises(Conflict):
            cancel(order.order_id, now=NOON)

    with meanwhile(cancel_in_vain, before="GetItem carrier-books"):
        assert ship(order.order_id, now=PACKED).status == "shipped"


def test_a_parcel_the_carrier_took_before_we_died_is_not_handed_over_twice() -> None:
    order = an_order_that_is("paid")
    with dying(after="PutItem carrier-books"):
        ship(order.order_id, now=PACKED)
    assert find_order(order.order_id).status == "shipping"

    assert ship(order.order_id, now=PACKED).status == "shipped"


def test_an_address_that_no_carrier_serves_turns_the_order_back() -> None:
    product = a_product()
    order = an_order(product, street=UNREACHABLE)

    closed = brought_to_its_end(order.order_id)

    assert closed.status == "cancelled"
    assert closed.closing_reason == "it does not deliver to this address"
    assert closed.refunded == order.total
    assert [it.refund_id is not None for it in charges_of(order)] == [True]
    assert_all_is_well(order.order_id, product)


@pytest.mark.parametrize("status", ["placed", "reviewing", "paying", "refunding", "declined"])
def test_an_order_that_is_not_paid_is_not_shipped(status: str) -> None:
    order = an_order_that_is(status)

    assert ship(order.order_id, now=PACKED).status == status
    assert story_of(order.order_id).told_at("order_shipped") is None
