"""Workers die after every call; the message comes back; the effect happens once all the same."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from app.analytics.counters import Sum, figures_of
from app.catalog.models import Product
from app.inventory.models import LedgerEntry
from app.orders.cancellation import cancel
from app.orders.models import EventRow, Order
from app.orders.queries import story_of
from app.orders.transitions import find_order
from infra.local.cloud import LocalCloud
from tests.builders import (
    NOON,
    ALongTime,
    a_batch,
    a_product,
    a_stream_batch,
    an_order,
    an_order_that_is,
    sku_of,
)
from tests.crash_injection import dying_after_call
from tests.invariants import assert_all_is_well
from tests.unit.workers.queue_readers import events_of, taken_from, the_first_event
from workers import analytics, fulfillment, inventory, publish

MOST_CALLS = 40
_days = count(1_000)

type Handler = Callable[[dict[str, Any], object], object]


def dies_and_gets_it_again(handler: Handler, batch: dict[str, Any], number: int) -> bool:
    """Dies after the call of that number. False when there are not so many calls."""
    with dying_after_call(number) as fatal:
        handler(batch, ALongTime())
    handler(batch, ALongTime())
    return bool(fatal)


def a_day_of_its_own() -> datetime:
    return NOON + timedelta(days=next(_days))


@pytest.mark.usefixtures("tables")
def test_a_sale_is_counted_once() -> None:
    for death in range(1, MOST_CALLS):
        order = an_order(now=a_day_of_its_own())

        died = dies_and_gets_it_again(analytics.handler, a_batch(the_first_event(order)), death)

        assert figures_of(order.placed_at.date())["placed"] == Sum(1, order.total)
        if not died:
            return


@pytest.mark.usefixtures("tables")
def test_the_ledger_is_written_and_the_warning_given_once() -> None:
    for death in range(1, MOST_CALLS):
        product = a_product(pieces=3)
        order = an_order(product)

        died = dies_and_gets_it_again(inventory.handler, a_batch(the_first_event(order)), death)

        assert [it.reason for it in LedgerEntry.query(sku_of(product))].count("held") == 1
        assert len([it for it in story_of(order.order_id).events if it.type == "stock_low"]) == 1
        if not died:
            return


@pytest.mark.usefixtures("tables")
def test_a_cancelled_order_goes_back_once() -> None:
    def cancelled(product: Product) -> Order:
        return cancel(an_order_that_is("paid", product).order_id, now=NOON)

    for death in range(1, MOST_CALLS):
        product = a_product()
        order = cancelled(product)

        died = dies_and_gets_it_again(fulfillment.handler, a_batch(events_of(order)[-1]), death)

        assert find_order(order.order_id).status == "cancelled"
        assert_all_is_well(order.order_id, product)
        if not died:
            return


def test_an_event_is_published_at_least_once_and_then_marked(tables: LocalCloud) -> None:
    for death in range(1, MOST_CALLS):
        order = an_order()

        died = dies_and_gets_it_again(publish.handler, a_stream_batch(order), death)

        row: EventRow = story_of(order.order_id).events[0]
        assert row.published_at
        assert not row.pending
        assert any(order.order_id in it["Body"] for it in taken_from(tables, "analytics"))
        if not died:
            return
