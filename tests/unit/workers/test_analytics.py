from datetime import datetime, timedelta
from itertools import count, permutations

import pytest

from app.analytics.figures import figures_of, hourly_figure
from app.analytics.models import Total
from app.orders.cancellation import cancel_order
from app.orders.compensation import refund, release
from app.orders.payment import charge
from tests.builders import (
    NOON,
    LambdaContextStub,
    a_batch,
    a_product,
    an_order,
    an_order_in_status,
    sku_of,
)
from tests.unit.workers.queue_readers import events_of
from workers.analytics import handler

pytestmark = pytest.mark.usefixtures("tables")

_days = count(100)


@pytest.fixture
def quiet_day() -> datetime:
    """A day without sales of other tests."""
    return NOON + timedelta(days=next(_days))


def test_duplicate_event_is_counted_once(quiet_day: datetime) -> None:
    product = a_product()
    order = an_order(product, of_each=2, now=quiet_day)
    batch = a_batch(*events_of(order) * 3)

    handler(batch, LambdaContextStub())
    handler(batch, LambdaContextStub())

    assert figures_of(quiet_day.date()) == {
        "placed": Total(1, order.total),
        hourly_figure("placed", quiet_day): Total(1, order.total),
    }


def test_duplicate_payment_and_refund_are_counted_once(quiet_day: datetime) -> None:
    product = a_product()
    order = an_order(product, of_each=2, now=quiet_day)
    charge(order.order_id, now=quiet_day)
    cancel_order(order.order_id, now=quiet_day)
    refund(order.order_id, now=quiet_day)
    release(order.order_id, now=quiet_day)

    handler(a_batch(*events_of(order) * 2), LambdaContextStub())
    handler(a_batch(*events_of(order)), LambdaContextStub())

    figures = figures_of(quiet_day.date())
    assert figures[f"sku#{sku_of(product)}"] == Total(2, 4_900)
    assert figures[f"refunded-sku#{sku_of(product)}"] == Total(2, 4_900)


def test_revenue_is_the_total_of_paid_orders() -> None:
    order = an_order_in_status("paid")
    before = figures_of(NOON.date())

    handler(a_batch(*events_of(order)), LambdaContextStub())

    after = figures_of(NOON.date())
    assert after["paid"].cents - before.get("paid", Total()).cents == order.total


def test_events_may_arrive_in_any_order(quiet_day: datetime) -> None:
    orders = [an_order(now=quiet_day) for _ in range(3)]
    events = [event for order in orders for event in events_of(order)]

    for arrival in permutations(events):
        handler(a_batch(*arrival), LambdaContextStub())

    assert figures_of(quiet_day.date())["placed"] == Total(3, sum(it.total for it in orders))


@pytest.mark.parametrize("status", ["declined", "shipped"])
def test_declined_and_shipped_orders_are_counted(status: str) -> None:
    order = an_order_in_status(status)
    last = events_of(order)[-1]
    before = figures_of(last.occurred_at.date()).get(status, Total())

    handler(a_batch(last, last), LambdaContextStub())

    assert figures_of(last.occurred_at.date())[status] == Total(before.count + 1, 0)
