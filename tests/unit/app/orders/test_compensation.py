from datetime import timedelta

import pytest

from app.orders.cancellation import cancel_order
from app.orders.compensation import refund, release
from app.orders.events import OrderCancelled, OrderDeclined, read_event
from app.orders.models import Order
from app.orders.queries import load_order_details
from tests.builders import NOON, a_product, an_order, an_order_in_status, captured_intents
from tests.crash_injection import crash
from tests.invariants import assert_invariants, run_to_completion

pytestmark = pytest.mark.usefixtures("tables")


def a_cancelled_paid_order() -> Order:
    return cancel_order(an_order_in_status("paid").order_id, now=NOON)


def test_refund_of_a_paid_order_with_a_cancellation_request() -> None:
    order = a_cancelled_paid_order()

    refunded = refund(order.order_id, now=NOON)

    assert (refunded.status, refunded.refunded) == ("releasing", order.total)
    assert [it.refund_id is not None for it in captured_intents(order)] == [True]


def test_paid_order_without_a_cancellation_request_is_not_refunded() -> None:
    order = an_order_in_status("paid")

    assert refund(order.order_id, now=NOON).status == "paid"
    assert [it.refund_id for it in captured_intents(order)] == [None]


def test_repeated_refund_has_no_effect() -> None:
    order = a_cancelled_paid_order()
    refund(order.order_id, now=NOON)
    first = [it.refund_id for it in captured_intents(order)]

    refund(order.order_id, now=NOON)

    assert [it.refund_id for it in captured_intents(order)] == first


def test_refund_is_idempotent_after_a_crash_between_provider_and_database() -> None:
    product = a_product()
    order = an_order_in_status("refunding", product)
    with crash(after="UpdateItem provider-records"):
        refund(order.order_id, now=NOON)
    first = [it.refund_id for it in captured_intents(order)]

    refund(order.order_id, now=NOON)

    assert [it.refund_id for it in captured_intents(order)] == first
    assert_invariants(order.order_id, product)


def test_repeated_release_returns_the_stock_once_and_sets_the_final_status() -> None:
    product = a_product()
    order = an_order_in_status("releasing", product)

    release(order.order_id, now=NOON)
    closed = release(order.order_id, now=NOON + timedelta(hours=1))

    assert (closed.status, closed.status_changed_at) == ("declined", NOON)
    assert_invariants(order.order_id, product)


def test_order_declined_event_carries_the_reason_code() -> None:
    order = an_order_in_status("declined")

    last = read_event(load_order_details(order.order_id).events[-1].body)

    assert isinstance(last, OrderDeclined)
    assert last.reason == "card_declined"


def test_order_cancelled_event_carries_refunded_amount_and_reason_code() -> None:
    order = run_to_completion(a_cancelled_paid_order().order_id)

    last = read_event(load_order_details(order.order_id).events[-1].body)

    assert isinstance(last, OrderCancelled)
    assert (last.refunded, last.reason) == (order.total, "customer_request")


@pytest.mark.parametrize("status", ["placed", "paid", "shipping", "shipped", "cancelled"])
def test_release_ignores_orders_in_other_statuses(status: str) -> None:
    order = an_order_in_status(status)

    assert release(order.order_id, now=NOON).status == status


def test_refund_without_a_payment_row_raises() -> None:
    order = an_order()
    order.update(actions=[Order.status.set("refunding")])

    with pytest.raises(LookupError):
        refund(order.order_id, now=NOON)
