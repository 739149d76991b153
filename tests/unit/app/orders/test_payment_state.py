"""A capture is stored in the order's status only; earlier code stored it in the payment, too."""

import pytest

from app.orders.models import Order
from app.orders.payment import charge
from app.orders.payment_events import follow_payment_event
from app.orders.queries import load_order_details
from app.payments import sandbox_dashboard
from app.payments.gateway import GatewayUnavailable
from app.payments.models import Payment, PaymentState
from app.payments.payment_intents import find_payment
from tests.builders import NOON, an_order, an_order_in_status
from tests.crash_injection import recorded_calls
from tests.unit.app.orders.test_payment_events import LATER, event_of

CAPTURED_STATUSES = ["paid", "shipping", "shipped", "refunding"]
EXPECTED = {
    "placed": "",  # not charged yet
    **dict.fromkeys(CAPTURED_STATUSES, "captured"),
    "releasing": "voided",
    "declined": "voided",
}

pytestmark = pytest.mark.usefixtures("tables")


def stored_state(order: Order) -> str:
    payment = find_payment(order.order_id)
    assert payment
    return payment.state


def store_as_earlier_code(order: Order) -> None:
    """Earlier code stored the capture in the transaction that wrote ``order_paid``."""
    Payment(order.order_id).update(actions=[Payment.state.set(PaymentState.CAPTURED)])


def test_capture_writes_the_order_and_its_event_only() -> None:
    order = an_order_in_status("paid")

    assert stored_state(order) == PaymentState.PENDING


@pytest.mark.parametrize("status", EXPECTED)
def test_payment_state_follows_from_the_order(status: str) -> None:
    details = load_order_details(an_order_in_status(status).order_id)

    assert details.payment_state == EXPECTED[status]


@pytest.mark.parametrize("status", CAPTURED_STATUSES)
def test_capture_recorded_by_earlier_code_is_read_alike(status: str) -> None:
    order = an_order_in_status(status)
    store_as_earlier_code(order)

    assert load_order_details(order.order_id).payment_state == PaymentState.CAPTURED


def test_payment_whose_capture_is_not_known_is_pending() -> None:
    order = an_order(payment_method="pm_times_out_after_capture")
    with pytest.raises(GatewayUnavailable):
        charge(order.order_id, now=NOON)

    assert load_order_details(order.order_id).payment_state == PaymentState.PENDING


@pytest.mark.parametrize("written_by", ["this code", "earlier code"])
@pytest.mark.parametrize("status", CAPTURED_STATUSES)
def test_webhook_of_a_known_capture_changes_nothing(status: str, written_by: str) -> None:
    order = an_order_in_status(status)
    if written_by == "earlier code":
        store_as_earlier_code(order)
    event = event_of(sandbox_dashboard.capture_late, order)

    with recorded_calls() as calls:
        follow_payment_event(event, now=LATER)

    written = [it for it in calls if not it.startswith(("GetItem", "BatchGetItem"))]
    assert [it.partition(" ")[0] for it in written] == ["PutItem"]  # the record of the event
