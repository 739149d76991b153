from datetime import datetime, timedelta
from itertools import count, permutations

import pytest

from app.analytics.counters import Sum, figures_of
from tests.builders import NOON, ALongTime, a_batch, a_product, an_order, an_order_that_is, sku_of
from tests.unit.workers.queue_readers import events_of
from workers.analytics import handler

pytestmark = pytest.mark.usefixtures("tables")

_days = count(100)


@pytest.fixture
def that_day() -> datetime:
    """A day on which nobody else buys."""
    return NOON + timedelta(days=next(_days))


def test_an_order_is_counted_once_however_often_it_is_told(that_day: datetime) -> None:
    product = a_product()
    order = an_order(product, of_each=2, now=that_day)
    batch = a_batch(*events_of(order) * 3)

    handler(batch, ALongTime())
    handler(batch, ALongTime())

    assert figures_of(that_day.date()) == {
        "placed": Sum(1, order.total),
        f"hour#{that_day:%H}#placed": Sum(1, order.total),
        f"sku#{sku_of(product)}": Sum(2, 4_900),
    }


def test_revenue_is_what_was_paid_and_what_went_back_is_told_beside_it() -> None:
    order = an_order_that_is("paid")
    before = figures_of(NOON.date())

    handler(a_batch(*events_of(order)), ALongTime())

    after = figures_of(NOON.date())
    assert after["paid"].cents - before.get("paid", Sum()).cents == order.total


def test_the_order_of_arrival_does_not_matter(that_day: datetime) -> None:
    orders = [an_order(now=that_day) for _ in range(3)]
    events = [event for order in orders for event in events_of(order)]

    for arrival in permutations(events):
        handler(a_batch(*arrival), ALongTime())

    assert figures_of(that_day.date())["placed"] == Sum(3, sum(it.total for it in orders))


@pytest.mark.parametrize("status", ["declined", "shipped"])
def test_endings_are_tallied(status: str) -> None:
    order = an_order_that_is(status)
    last = events_of(order)[-1]
    before = figures_of(last.occurred_at.date()).get(status, Sum())

    handler(a_batch(last, last), ALongTime())

    assert figures_of(last.occurred_at.date())[status] == Sum(before.tally + 1, 0)
