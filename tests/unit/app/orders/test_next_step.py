import pytest

from app.orders.cancellation import cancel_order
from app.orders.models import OrderStatus
from app.orders.next_step import next_step
from app.orders.review import decide_review
from app.orders.transitions import find_order
from tests.builders import NOON, a_large_order, an_order_in_status

pytestmark = pytest.mark.usefixtures("tables")

NEXT = {
    "placed": "charge",
    "reviewing": "review",
    "paying": "charge",
    "paid": "pack",
    "shipping": "ship",
    "refunding": "refund",
    "releasing": "release",
    "shipped": "done",
    "declined": "done",
    "cancelled": "done",
}


@pytest.mark.parametrize("status", OrderStatus)
def test_next_step_of_each_status(status: str) -> None:
    assert next_step(an_order_in_status(status)) == NEXT[status]


def test_large_order_needs_a_review_first() -> None:
    assert next_step(a_large_order()) == "review"


def test_approved_order_is_charged_next() -> None:
    order = an_order_in_status("reviewing")
    decide_review(order.order_id, "approved", "bo@hearth.example", "", now=NOON)

    assert next_step(find_order(order.order_id)) == "charge"


def test_paid_order_with_a_cancellation_request_is_refunded_next() -> None:
    order = cancel_order(an_order_in_status("paid").order_id, now=NOON)

    assert next_step(order) == "refund"
