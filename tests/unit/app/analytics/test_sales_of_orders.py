"""Property tests: the sales report agrees with a scan of the orders, whatever became of them."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from itertools import count
from random import Random

import pytest

from app.analytics.report import SalesReport, sales_report
from app.catalog.models import Product
from app.orders.cancellation import cancel_order
from app.orders.compensation import refund, release
from app.orders.events import OrderPaid
from app.orders.models import Order, OrderStatus
from app.orders.payment import charge
from app.orders.review import decide_review, request_review
from app.orders.transitions import find_order
from tests.builders import NOON, LambdaContextStub, a_batch, a_product, an_order
from tests.unit.workers.queue_readers import events_of
from workers.analytics import handler

pytestmark = pytest.mark.usefixtures("tables")

_years = count(2120)


@pytest.fixture
def noon() -> datetime:
    """A noon in a year without sales of other tests."""
    return NOON.replace(year=next(_years))


def _pay(order: Order, now: datetime) -> None:
    charge(order.order_id, now=now)


def _cancel_paid(order: Order, now: datetime) -> None:
    charge(order.order_id, now=now)
    cancel_order(order.order_id, now=now)
    refund(order.order_id, now=now)
    release(order.order_id, now=now)


def _cancel_unpaid(order: Order, now: datetime) -> None:
    cancel_order(order.order_id, now=now)


def _reject(order: Order, now: datetime) -> None:
    request_review(order.order_id, "a token", now=now)
    decide_review(order.order_id, "rejected", "a merchant", "", now=now)


def _decline(order: Order, now: datetime) -> None:
    charge(order.order_id, now=now)
    release(order.order_id, now=now)


def _leave_open(order: Order, now: datetime) -> None:
    """An order that is not paid yet."""


type Outcome = Callable[[Order, datetime], None]

OUTCOMES: tuple[Outcome, ...] = (
    _pay,
    _cancel_paid,
    _cancel_unpaid,
    _reject,
    _decline,
    _leave_open,
)


def _an_order(outcome: Outcome, now: datetime, random: Random, products: list[Product]) -> Order:
    country = random.choice(["DE", "FR", "CH"])  # an export pays no VAT, and each another shipping
    if outcome is _reject:
        placed = an_order(a_product(price=45_000), now=now, country=country)
    else:
        chosen = random.sample(products, random.randint(1, len(products)))
        method = "pm_declined" if outcome is _decline else "pm_succeeds"
        quantity = random.randint(1, 3)
        placed = an_order(
            *chosen, of_each=quantity, now=now, country=country, payment_method=method
        )
    outcome(placed, now)
    return find_order(placed.order_id)


def _reported(orders: list[Order], now: datetime, random: Random) -> SalesReport:
    """The report after all events of the orders have arrived, in any order, some of them twice."""
    events = [event for order in orders for event in events_of(order)]
    for event in random.sample(events * 2, len(events) * 2):
        handler(a_batch(event), LambdaContextStub())
    return sales_report("30d", now)


@pytest.mark.parametrize("seed", range(6))
def test_best_sellers_and_revenue_are_paid_minus_refunded(noon: datetime, seed: int) -> None:
    random = Random(seed)
    products = [a_product(price=random.randint(100, 4_000), quantity=500) for _ in range(3)]
    outcomes = [*OUTCOMES, *random.choices(OUTCOMES, k=4)]

    orders = [_an_order(outcome, noon, random, products) for outcome in outcomes]
    report = _reported(orders, noon, random)

    paid = [it for it in orders if any(isinstance(event, OrderPaid) for event in events_of(it))]
    kept = [it for it in paid if not it.refunded]
    units = Counter[str]()
    for line in (line for order in kept for line in order.lines):
        units[line.sku] += line.quantity
    assert report.payments == sum(order.total for order in paid)
    assert report.refunds == sum(order.refunded for order in orders)
    assert report.revenue == sum(order.total for order in kept)
    assert {it.sku: it.units for it in report.best_sellers} == units
    shipping = sum(order.shipping for order in kept)
    assert sum(it.cents for it in report.best_sellers) == report.revenue - shipping


@pytest.mark.parametrize("seed", range(3))
def test_every_count_of_the_report_equals_a_scan(noon: datetime, seed: int) -> None:
    random = Random(seed)
    outcomes = random.choices(OUTCOMES, k=12)

    orders = [_an_order(it, noon, random, [a_product(quantity=500)]) for it in outcomes]
    report = _reported(orders, noon, random)

    statuses = Counter(order.status for order in orders)
    assert (report.placed, report.paid) == (
        len(orders),
        sum(it in (_pay, _cancel_paid) for it in outcomes),
    )
    for status in (OrderStatus.DECLINED, OrderStatus.CANCELLED):
        assert report.funnel[status] == statuses[status]


@pytest.mark.parametrize("outcome", [_decline, _cancel_unpaid, _reject, _leave_open, _cancel_paid])
def test_order_without_a_kept_payment_sells_nothing(noon: datetime, outcome: Outcome) -> None:
    random = Random(1)

    order = _an_order(outcome, noon, random, [a_product()])
    report = _reported([order], noon, random)

    assert (report.revenue, report.best_sellers) == (0, ())
