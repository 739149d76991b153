from collections.abc import Iterator
from datetime import timedelta

import pytest

from app import clock
from app.orders.cancellation import cancel_order
from app.orders.payment import charge
from app.orders.queries import load_order_details
from app.orders.review import decide_review
from app.orders.transitions import find_order
from app.payments.gateway import GatewayUnavailable
from app.payments.models import PaymentState
from tests.builders import (
    NOON,
    a_large_order,
    a_product,
    an_order,
    an_order_in_status,
    captured_intents,
)
from tests.crash_injection import crash_after_call, interleave
from tests.fake_clouds import override_settings
from tests.invariants import assert_invariants, run_to_completion

MAX_CALLS = 40
LATE = NOON + timedelta(days=3)

pytestmark = pytest.mark.usefixtures("tables")


@pytest.fixture
def provider_up_again(tables: object) -> Iterator[None]:
    with override_settings(provider_outage_seconds="0"):
        yield


def test_charge_captures_the_payment_once() -> None:
    product = a_product()
    order = charge(an_order(product).order_id, now=NOON)

    assert order.status == "paid"
    assert [it.amount for it in captured_intents(order)] == [order.total]
    assert_invariants(order.order_id, product)


def test_repeated_charge_has_no_effect() -> None:
    order = an_order_in_status("paid")

    again = charge(order.order_id, now=NOON + timedelta(hours=1))

    assert (again.status, again.status_changed_at) == ("paid", order.status_changed_at)
    assert len(captured_intents(order)) == 1


def test_charge_retried_after_three_days_does_not_charge_twice() -> None:
    """The provider's idempotency key has expired by then; the saved intent prevents the charge."""
    for number in range(1, MAX_CALLS):
        order = an_order()

        with clock.use_clock(lambda: NOON), crash_after_call(number) as fatal:
            charge(order.order_id, now=NOON)
        with clock.use_clock(lambda: LATE):
            again = charge(order.order_id, now=LATE)

        assert (again.status, len(captured_intents(order))) == ("paid", 1)
        if not fatal:
            return
    raise AssertionError("A charge makes more calls than MAX_CALLS.")


def test_packing_time_starts_at_payment() -> None:
    order = charge(an_order().order_id, now=NOON)

    assert order.packing_until == NOON + timedelta(seconds=1800)


@pytest.mark.parametrize(
    ("method", "reason"),
    [("pm_declined", "card_declined"), ("pm_insufficient_funds", "insufficient_funds")],
)
def test_declined_card_is_not_charged_and_the_decline_code_is_kept(
    method: str, reason: str
) -> None:
    order = charge(an_order(payment_method=method).order_id, now=NOON)

    assert (order.status, order.final_status, order.close_reason) == (
        "releasing",
        "declined",
        reason,
    )
    assert captured_intents(order) == []
    payment = load_order_details(order.order_id).payment
    assert payment
    assert payment.state == PaymentState.VOIDED


@pytest.mark.parametrize("method", ["pm_needs_two_attempts", "pm_times_out_after_capture"])
def test_charge_succeeds_once_after_a_retry(method: str) -> None:
    order = an_order(payment_method=method)

    with pytest.raises(GatewayUnavailable):
        charge(order.order_id, now=NOON)
    assert find_order(order.order_id).status == "paying"

    assert charge(order.order_id, now=NOON).status == "paid"
    assert len(captured_intents(order)) == 1


def test_provider_outage_leaves_the_order_paying_with_a_timeline_entry() -> None:
    order = an_order(payment_method="pm_provider_down")

    for _ in range(3):
        with pytest.raises(GatewayUnavailable):
            charge(order.order_id, now=NOON)

    details = load_order_details(order.order_id)
    assert details.order.status == "paying"
    assert [entry.text for entry in details.timeline_entries] == [
        "The card network is slow; we are trying again."
    ]


def test_charge_after_a_provider_outage_captures_once(provider_up_again: None) -> None:
    order = an_order(payment_method="pm_provider_down")

    assert charge(order.order_id, now=NOON).status == "paid"
    assert len(captured_intents(order)) == 1


def test_order_cancelled_before_confirmation_is_never_charged() -> None:
    product = a_product()
    order = cancel_order(an_order_in_status("paying", product).order_id, now=NOON)

    closed = charge(order.order_id, now=NOON)

    assert (closed.status, closed.final_status) == ("releasing", "cancelled")
    assert captured_intents(order) == []


def test_order_cancelled_after_capture_is_paid_and_refunded() -> None:
    order = an_order(payment_method="pm_times_out_after_capture")
    with pytest.raises(GatewayUnavailable):
        charge(order.order_id, now=NOON)
    cancel_order(order.order_id, now=NOON)

    paid = charge(order.order_id, now=NOON)

    assert (paid.status, paid.cancel_requested) == ("paid", True)


def test_cancellation_during_the_capture_is_refunded() -> None:
    product = a_product()
    order = an_order(product)

    with interleave(lambda: cancel_order(order.order_id, now=NOON), before="UpdateItem attempts"):
        paid = charge(order.order_id, now=NOON)

    assert (paid.status, paid.cancel_requested) == ("paid", True)
    assert run_to_completion(order.order_id).status == "cancelled"
    assert_invariants(order.order_id, product)


def test_cancellation_before_the_capture_voids_the_payment() -> None:
    order = an_order()

    with interleave(lambda: cancel_order(order.order_id, now=NOON), before="UpdateItem paying"):
        closed = charge(order.order_id, now=NOON)

    assert closed.status == "cancelled"
    assert captured_intents(order) == []


def test_large_order_is_not_charged_before_approval() -> None:
    order = a_large_order()
    assert charge(order.order_id, now=NOON).status == "placed"

    order = an_order_in_status("reviewing")
    assert charge(order.order_id, now=NOON).status == "reviewing"

    decide_review(order.order_id, "approved", "bo@hearth.example", "", now=NOON)
    assert charge(order.order_id, now=NOON).status == "paid"


@pytest.mark.parametrize("status", ["shipping", "refunding", "declined", "cancelled", "shipped"])
def test_charge_ignores_orders_in_other_statuses(status: str) -> None:
    order = an_order_in_status(status)

    assert charge(order.order_id, now=NOON).status == status
