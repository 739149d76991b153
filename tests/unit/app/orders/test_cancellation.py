import pytest

from app.errors import Conflict
from app.orders.cancellation import BY_SHOP, can_cancel, cancel
from app.orders.queries import story_of
from tests.builders import NOON, a_product, an_order_that_is, charges_of
from tests.invariants import assert_all_is_well, brought_to_its_end

pytestmark = pytest.mark.usefixtures("tables")

AT_ONCE = ("placed", "reviewing")
BY_ASKING = ("paying", "paid")
TOO_LATE = ("shipping", "shipped", "declined")
ON_ITS_WAY_BACK = ("refunding", "releasing", "cancelled")


@pytest.mark.parametrize("status", AT_ONCE)
def test_before_money_moves_cancelling_closes_the_order_at_once(status: str) -> None:
    product = a_product(price=45_000)
    order = an_order_that_is(status, product)

    cancelled = cancel(order.order_id, now=NOON)

    assert (cancelled.status, cancelled.refunded) == ("cancelled", 0)
    assert_all_is_well(order.order_id, product)


@pytest.mark.parametrize("status", BY_ASKING)
def test_while_money_moves_cancelling_is_a_wish_that_is_granted(status: str) -> None:
    product = a_product()
    order = an_order_that_is(status, product)

    asked = cancel(order.order_id, now=NOON)

    assert (asked.status, asked.cancel_requested) == (status, True)
    assert brought_to_its_end(order.order_id).status == "cancelled"
    assert_all_is_well(order.order_id, product)


@pytest.mark.parametrize("status", TOO_LATE)
def test_once_the_parcel_is_handed_over_or_the_card_declined_it_is_too_late(status: str) -> None:
    order = an_order_that_is(status)

    with pytest.raises(Conflict):
        cancel(order.order_id, now=NOON)


@pytest.mark.parametrize("status", ON_ITS_WAY_BACK)
def test_cancelling_what_is_on_its_way_back_changes_nothing(status: str) -> None:
    order = an_order_that_is(status)

    assert cancel(order.order_id, now=NOON).status == status
    assert len(story_of(order.order_id).events) == order.events


@pytest.mark.parametrize("status", [*AT_ONCE, *BY_ASKING])
def test_cancelling_twice_tells_of_it_once(status: str) -> None:
    order = an_order_that_is(status)

    first = cancel(order.order_id, now=NOON)
    second = cancel(order.order_id, now=NOON)

    assert (second.status, second.events) == (first.status, first.events)


@pytest.mark.parametrize(
    "status", [*AT_ONCE, *BY_ASKING, *TOO_LATE, "refunding", "releasing", "cancelled"]
)
def test_the_page_offers_cancelling_only_where_it_would_help(status: str) -> None:
    assert can_cancel(an_order_that_is(status)) is (status in (*AT_ONCE, *BY_ASKING))


def test_who_has_asked_already_is_not_offered_it_again() -> None:
    order = cancel(an_order_that_is("paid").order_id, now=NOON)

    assert not can_cancel(order)


def test_a_declined_order_that_was_cancelled_too_was_never_charged() -> None:
    product = a_product()
    order = an_order_that_is("paying", product)
    cancel(order.order_id, now=NOON)

    closed = brought_to_its_end(order.order_id)

    assert closed.closing_reason == "cancelled by the customer"
    assert charges_of(order) == []


@pytest.mark.parametrize("status", [*AT_ONCE, *BY_ASKING])
def test_the_customer_is_told_who_cancelled(status: str) -> None:
    order = an_order_that_is(status)
    cancel(order.order_id, now=NOON, reason=BY_SHOP)
    cancel(order.order_id, now=NOON)

    assert brought_to_its_end(order.order_id).closing_reason == "cancelled by the shop"
