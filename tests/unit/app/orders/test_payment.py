from collections.abc import Iterator
from datetime import timedelta

import pytest

from app import clock
from app.orders.cancellation import cancel
from app.orders.payment import charge
from app.orders.queries import story_of
from app.orders.review import decide
from app.orders.transitions import find_order
from app.payments.gateway import GatewayUnavailable
from app.payments.models import PaymentState
from tests.builders import NOON, a_large_order, a_product, an_order, an_order_that_is, charges_of
from tests.crash_injection import dying_after_call, meanwhile
from tests.fake_clouds import told
from tests.invariants import assert_all_is_well, brought_to_its_end

MOST_CALLS = 40
LATE = NOON + timedelta(days=3)

pytestmark = pytest.mark.usefixtures("tables")


@pytest.fixture
def provider_up_again(tables: object) -> Iterator[None]:
    with told(provider_outage_seconds="0"):
        yield


def test_a_card_that_works_is_charged_once() -> None:
    product = a_product()
    order = charge(an_order(product).order_id, now=NOON)

    assert order.status == "paid"
    assert [it.amount for it in charges_of(order)] == [order.total]
    assert_all_is_well(order.order_id, product)


def test_charging_again_changes_nothing() -> None:
    order = an_order_that_is("paid")

    again = charge(order.order_id, now=NOON + timedelta(hours=1))

    assert (again.status, again.moved_at) == ("paid", order.moved_at)
    assert len(charges_of(order)) == 1


def test_whoever_goes_on_three_days_later_charges_no_second_time() -> None:
    """By then the provider has forgotten the key; what is written down is the intent."""
    for number in range(1, MOST_CALLS):
        order = an_order()

        with clock.going_by(lambda: NOON), dying_after_call(number) as fatal:
            charge(order.order_id, now=NOON)
        with clock.going_by(lambda: LATE):
            again = charge(order.order_id, now=LATE)

        assert (again.status, len(charges_of(order))) == ("paid", 1)
        if not fatal:
            return
    raise AssertionError("There are more calls.")


def test_packing_begins_with_the_payment() -> None:
    order = charge(an_order().order_id, now=NOON)

    assert order.packing_until == NOON + timedelta(seconds=1800)


@pytest.mark.parametrize(
    ("method", "reason"),
    [("pm_declined", "card_declined"), ("pm_insufficient_funds", "insufficient_funds")],
)
def test_a_declined_card_is_never_charged_and_the_reason_is_kept(method: str, reason: str) -> None:
    order = charge(an_order(payment_method=method).order_id, now=NOON)

    assert (order.status, order.closing_as, order.closing_reason) == (
        "releasing",
        "declined",
        reason,
    )
    assert charges_of(order) == []
    payment = story_of(order.order_id).payment
    assert payment
    assert payment.state == PaymentState.VOIDED


@pytest.mark.parametrize("method", ["pm_needs_two_attempts", "pm_times_out_after_capture"])
def test_a_provider_that_answers_at_the_second_try_charges_once(method: str) -> None:
    order = an_order(payment_method=method)

    with pytest.raises(GatewayUnavailable):
        charge(order.order_id, now=NOON)
    assert find_order(order.order_id).status == "paying"

    assert charge(order.order_id, now=NOON).status == "paid"
    assert len(charges_of(order)) == 1


def test_a_provider_that_is_down_leaves_the_order_paying_and_the_page_says_so() -> None:
    order = an_order(payment_method="pm_provider_down")

    for _ in range(3):
        with pytest.raises(GatewayUnavailable):
            charge(order.order_id, now=NOON)

    story = story_of(order.order_id)
    assert story.order.status == "paying"
    assert [fact.text for fact in story.facts] == ["The card network is slow; we are trying again."]


def test_a_provider_that_is_up_again_charges_once(provider_up_again: None) -> None:
    order = an_order(payment_method="pm_provider_down")

    assert charge(order.order_id, now=NOON).status == "paid"
    assert len(charges_of(order)) == 1


def test_an_order_cancelled_before_its_intent_is_confirmed_is_never_charged() -> None:
    product = a_product()
    order = cancel(an_order_that_is("paying", product).order_id, now=NOON)

    closed = charge(order.order_id, now=NOON)

    assert (closed.status, closed.closing_as) == ("releasing", "cancelled")
    assert charges_of(order) == []


def test_an_order_cancelled_after_the_money_moved_is_paid_and_then_goes_back() -> None:
    order = an_order(payment_method="pm_times_out_after_capture")
    with pytest.raises(GatewayUnavailable):
        charge(order.order_id, now=NOON)
    cancel(order.order_id, now=NOON)

    paid = charge(order.order_id, now=NOON)

    assert (paid.status, paid.cancel_requested) == ("paid", True)


def test_a_customer_who_cancels_while_the_provider_is_asked_is_not_overlooked() -> None:
    product = a_product()
    order = an_order(product)

    with meanwhile(lambda: cancel(order.order_id, now=NOON), before="UpdateItem attempts"):
        paid = charge(order.order_id, now=NOON)

    assert (paid.status, paid.cancel_requested) == ("paid", True)
    assert brought_to_its_end(order.order_id).status == "cancelled"
    assert_all_is_well(order.order_id, product)


def test_a_customer_who_cancels_before_the_provider_is_asked_pays_nothing() -> None:
    order = an_order()

    with meanwhile(lambda: cancel(order.order_id, now=NOON), before="UpdateItem paying"):
        closed = charge(order.order_id, now=NOON)

    assert closed.status == "cancelled"
    assert charges_of(order) == []


def test_a_large_order_is_left_alone_until_a_merchant_approves() -> None:
    order = a_large_order()
    assert charge(order.order_id, now=NOON).status == "placed"

    order = an_order_that_is("reviewing")
    assert charge(order.order_id, now=NOON).status == "reviewing"

    decide(order.order_id, "approved", "bo@hearth.example", "", now=NOON)
    assert charge(order.order_id, now=NOON).status == "paid"


@pytest.mark.parametrize("status", ["shipping", "refunding", "declined", "cancelled", "shipped"])
def test_an_order_that_is_beyond_paying_is_left_alone(status: str) -> None:
    order = an_order_that_is(status)

    assert charge(order.order_id, now=NOON).status == status
