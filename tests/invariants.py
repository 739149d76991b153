"""The invariants of every order, and a helper that runs an order to a final status."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from app.catalog.models import Product
from app.orders.compensation import refund, release
from app.orders.models import Order
from app.orders.next_step import next_step
from app.orders.payment import charge
from app.orders.queries import OrderDetails, load_order_details
from app.orders.review import expire_review
from app.orders.shipping import ship
from app.orders.transitions import find_order
from app.payments.fake_gateway import Intent
from app.payments.gateway import GatewayUnavailable
from tests.builders import PACKED, counters

STEPS: dict[str, Callable[[str, datetime], object]] = {
    "review": lambda order_id, now: expire_review(order_id, now=now),
    "charge": lambda order_id, now: charge(order_id, now=now),
    "pack": lambda order_id, now: ship(order_id, now=now),
    "ship": lambda order_id, now: ship(order_id, now=now),
    "refund": lambda order_id, now: refund(order_id, now=now),
    "release": lambda order_id, now: release(order_id, now=now),
}
MAX_STEPS = 20


def run_to_completion(order_id: str, *, now: datetime = PACKED) -> Order:
    """Run the next step of the stored order, one per day, until its status is final.

    As the workflow does, repeats a step whose provider does not answer.
    """
    for day in range(MAX_STEPS):
        order = find_order(order_id)
        if order.finished:
            return order
        try:
            STEPS[next_step(order)](order_id, now + timedelta(days=day))
        except GatewayUnavailable:
            continue
    raise AssertionError(f"Order {order_id} is {order.status} after {MAX_STEPS} steps.")


def assert_invariants(order_id: str, product: Product) -> None:
    """``product`` must be in this order only: its counters follow from the order's status."""
    details = load_order_details(order_id)
    _assert_payments(details.order)
    _assert_stock(details.order, product)
    _assert_events(details)


def _assert_payments(order: Order) -> None:
    captured = [
        intent
        for intent in Intent.scan(Intent.order_id == order.order_id)
        if intent.state == "captured"
    ]
    refunded = [intent for intent in captured if intent.refund_id]
    assert len(captured) <= 1
    assert all(
        intent.amount == order.total and intent.currency == order.currency for intent in captured
    )
    if order.status == "shipped":
        assert (len(captured), len(refunded)) == (1, 0)
    if order.status in ("cancelled", "declined"):
        assert len(captured) == len(refunded)
        assert order.refunded == sum(intent.amount for intent in refunded)


def _assert_stock(order: Order, product: Product) -> None:
    ordered = sum(line.quantity for line in order.lines)
    _, reserved, sold = counters(product)
    assert sold == (ordered if order.status == "shipped" else 0)
    assert reserved == (0 if order.finished else ordered)


def _assert_events(details: OrderDetails) -> None:
    types = Counter(row.type for row in details.events)
    final_events = types["order_shipped"] + types["order_declined"] + types["order_cancelled"]
    numbers = [row.part.split("#")[1] for row in details.events]
    assert types["order_placed"] == 1
    assert final_events == (1 if details.order.finished else 0)
    assert max(types.values()) == 1
    assert numbers == [f"{number:04d}" for number in range(1, details.order.event_count + 1)]
