import pytest

from app.orders.cancellation import cancel
from app.orders.models import OrderStatus
from app.orders.next_step import next_step
from app.orders.review import decide
from app.orders.transitions import find_order
from tests.builders import NOON, a_large_order, an_order_that_is

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
def test_each_status_says_what_is_next(status: str) -> None:
    assert next_step(an_order_that_is(status)) == NEXT[status]


def test_a_large_order_goes_before_a_merchant_first() -> None:
    assert next_step(a_large_order()) == "review"


def test_an_approved_order_is_charged() -> None:
    order = an_order_that_is("reviewing")
    decide(order.order_id, "approved", "bo@hearth.example", "", now=NOON)

    assert next_step(find_order(order.order_id)) == "charge"


def test_a_paid_order_whose_customer_wants_out_is_refunded() -> None:
    order = cancel(an_order_that_is("paid").order_id, now=NOON)

    assert next_step(order) == "refund"
