"""A crash after any call of the webhook: the next delivery ends as if there had been none."""

from collections.abc import Callable

import pytest

from app.orders.models import Order
from app.orders.payment_events import OrderInMotion, follow_payment_event
from app.orders.transitions import find_order
from app.payments import sandbox_dashboard
from app.payments.fake_gateway import Intent
from app.payments.payment_intents import find_payment
from app.payments.sandbox_dashboard import Change
from app.payments.webhooks import PaymentEvent
from tests.builders import NOON, PACKED, an_order_in_status
from tests.crash_injection import crash_after_call, recorded_calls
from tests.invariants import run_to_completion
from tests.unit.app.orders.test_payment_events import (
    cancelled_while_paying,
    dispute_won,
    event_of,
)

pytestmark = pytest.mark.usefixtures("tables")

type Facts = tuple[object, ...]


def cancelled_and_disputed() -> Order:
    order = an_order_in_status("paid")
    event = event_of(sandbox_dashboard.open_dispute, order)
    deliver_until_done(event, order)
    return find_order(order.order_id)


SCENARIOS: dict[str, tuple[Callable[[], Order], Change]] = {
    "late capture after a decline": (
        lambda: an_order_in_status("declined"),
        sandbox_dashboard.capture_late,
    ),
    "late capture after a cancellation": (cancelled_while_paying, sandbox_dashboard.capture_late),
    "refund while packing": (lambda: an_order_in_status("paid"), sandbox_dashboard.refund_payment),
    "dispute while packing": (lambda: an_order_in_status("paid"), sandbox_dashboard.open_dispute),
    "refund after shipping": (
        lambda: an_order_in_status("shipped"),
        sandbox_dashboard.refund_payment,
    ),
    "dispute after shipping": (
        lambda: an_order_in_status("shipped"),
        sandbox_dashboard.open_dispute,
    ),
    "dispute of a cancelled order won": (cancelled_and_disputed, dispute_won),
}


def deliver_until_done(event: PaymentEvent, order: Order) -> None:
    """As the provider does; the workflow goes on meanwhile."""
    for _ in range(2):
        try:
            follow_payment_event(event, now=NOON)
        except OrderInMotion:
            run_to_completion(order.order_id, now=PACKED)
        else:
            return
    raise AssertionError("The event is never done.")


def facts(order: Order) -> Facts:
    after = run_to_completion(order.order_id, now=PACKED)
    payment, intent = find_payment(order.order_id), intent_of(order)
    assert payment
    assert payment.refund_id == intent.refund_id
    issue = after.issue.reason if after.issue else ""
    events = after.event_count
    reason, refunded = after.close_reason, after.refunded
    return after.status, reason, refunded, issue, events, payment.state, payment.dispute or ""


def intent_of(order: Order) -> Intent:
    return next(iter(Intent.scan(Intent.order_id == order.order_id)))


@pytest.mark.parametrize(("prepare", "change"), SCENARIOS.values(), ids=SCENARIOS)
def test_crash_after_each_call_is_recovered_by_the_next_delivery(
    prepare: Callable[[], Order], change: Change
) -> None:
    order = prepare()
    event = event_of(change, order)
    with recorded_calls() as calls:
        deliver_until_done(event, order)
    expected = facts(order)

    crashes = 0
    for number in range(len(calls)):
        order = prepare()
        event = event_of(change, order)
        with crash_after_call(number) as crashed:
            deliver_until_done(event, order)
        crashes += bool(crashed)
        deliver_until_done(event, order)
        assert facts(order) == expected, crashed
    assert crashes == len(calls) - 1
