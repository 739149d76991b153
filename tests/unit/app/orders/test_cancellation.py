import pytest

from app.errors import Conflict
from app.orders.cancellation import can_cancel, cancel_order
from app.orders.close_reasons import CloseReason
from app.orders.queries import load_order_details
from tests.builders import NOON, a_product, an_order_in_status, captured_intents
from tests.invariants import assert_invariants, run_to_completion

pytestmark = pytest.mark.usefixtures("tables")

UNPAID = ("placed", "reviewing")
PAYMENT_STARTED = ("paying", "paid")
TOO_LATE = ("shipping", "shipped", "declined")
COMPENSATING = ("refunding", "releasing", "cancelled")


@pytest.mark.parametrize("status", UNPAID)
def test_cancelling_an_unpaid_order_closes_it_at_once(status: str) -> None:
    product = a_product(price=45_000)
    order = an_order_in_status(status, product)

    cancelled = cancel_order(order.order_id, now=NOON)

    assert (cancelled.status, cancelled.refunded) == ("cancelled", 0)
    assert (cancelled.final_status, cancelled.close_reason) == ("cancelled", "customer_request")
    assert_invariants(order.order_id, product)


@pytest.mark.parametrize("status", PAYMENT_STARTED)
def test_cancelling_after_payment_started_sets_the_semantic_lock(status: str) -> None:
    product = a_product()
    order = an_order_in_status(status, product)

    requested = cancel_order(order.order_id, now=NOON)

    assert (requested.status, requested.cancel_requested) == (status, True)
    assert run_to_completion(order.order_id).status == "cancelled"
    assert_invariants(order.order_id, product)


@pytest.mark.parametrize("status", TOO_LATE)
def test_cancelling_a_shipped_or_declined_order_raises_conflict(status: str) -> None:
    order = an_order_in_status(status)

    with pytest.raises(Conflict):
        cancel_order(order.order_id, now=NOON)


@pytest.mark.parametrize("status", COMPENSATING)
def test_cancelling_is_a_no_op_during_compensation(status: str) -> None:
    order = an_order_in_status(status)

    assert cancel_order(order.order_id, now=NOON).status == status
    assert len(load_order_details(order.order_id).events) == order.event_count


@pytest.mark.parametrize("status", [*UNPAID, *PAYMENT_STARTED])
def test_repeated_cancellation_appends_no_second_event(status: str) -> None:
    order = an_order_in_status(status)

    first = cancel_order(order.order_id, now=NOON)
    second = cancel_order(order.order_id, now=NOON)

    assert (second.status, second.event_count) == (first.status, first.event_count)


@pytest.mark.parametrize(
    "status", [*UNPAID, *PAYMENT_STARTED, *TOO_LATE, "refunding", "releasing", "cancelled"]
)
def test_can_cancel_until_the_order_is_shipped(status: str) -> None:
    assert can_cancel(an_order_in_status(status)) is (status in (*UNPAID, *PAYMENT_STARTED))


def test_can_cancel_is_false_after_a_cancellation_request() -> None:
    order = cancel_order(an_order_in_status("paid").order_id, now=NOON)

    assert not can_cancel(order)


def test_order_cancelled_while_paying_is_never_charged() -> None:
    product = a_product()
    order = an_order_in_status("paying", product)
    cancel_order(order.order_id, now=NOON)

    closed = run_to_completion(order.order_id)

    assert closed.close_reason == "customer_request"
    assert captured_intents(order) == []


@pytest.mark.parametrize("status", [*UNPAID, *PAYMENT_STARTED])
def test_close_reason_keeps_the_first_request(status: str) -> None:
    order = an_order_in_status(status)
    cancel_order(order.order_id, now=NOON, reason=CloseReason.MERCHANT_REQUEST)
    cancel_order(order.order_id, now=NOON)

    assert run_to_completion(order.order_id).close_reason == "merchant_request"
