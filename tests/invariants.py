"""What must hold for every order, whoever died and whatever came twice; and the way to its end."""

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
    """Go on as the workflow does, a step a day: look at the row, then do what comes next.

    A provider that does not answer is asked again.
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
    """``product`` was bought in this order only, so its counters follow from the order's status."""
    story = load_order_details(order_id)
    _assert_payments(story.order)
    _assert_stock(story.order, product)
    _assert_events(story)


def _assert_payments(order: Order) -> None:
    moved = [it for it in Intent.scan(Intent.order_id == order.order_id) if it.state == "captured"]
    refunded = [it for it in moved if it.refund_id]
    assert len(moved) <= 1
    assert all(it.amount == order.total and it.currency == order.currency for it in moved)
    if order.status == "shipped":
        assert (len(moved), len(refunded)) == (1, 0)
    if order.status in ("cancelled", "declined"):
        assert len(moved) == len(refunded)
        assert order.refunded == sum(it.amount for it in refunded)


def _assert_stock(order: Order, product: Product) -> None:
    ordered = sum(line.quantity for line in order.lines)
    _, reserved, sold = counters(product)
    assert sold == (ordered if order.status == "shipped" else 0)
    assert reserved == (0 if order.finished else ordered)


def _assert_events(story: OrderDetails) -> None:
    told = Counter(row.type for row in story.events)
    endings = told["order_shipped"] + told["order_declined"] + told["order_cancelled"]
    places = [row.part.split("#")[1] for row in story.events]
    assert told["order_placed"] == 1
    assert endings == (1 if story.order.finished else 0)
    assert max(told.values()) == 1
    assert places == [f"{place:04d}" for place in range(1, story.order.event_count + 1)]
