"""Workers crash after every AWS call and the message is redelivered; the effect happens once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from app.analytics.figures import figures_of
from app.analytics.models import Total
from app.catalog.models import Product
from app.inventory.models import LedgerEntry
from app.orders.cancellation import cancel_order
from app.orders.models import EventRow, Order
from app.orders.queries import load_order_details
from app.orders.transitions import find_order
from infra.local.cloud import LocalCloud
from tests.builders import (
    NOON,
    LambdaContextStub,
    a_batch,
    a_product,
    a_stream_batch,
    an_order,
    an_order_in_status,
    sku_of,
)
from tests.crash_injection import crash_after_call
from tests.invariants import assert_invariants
from tests.unit.workers.queue_readers import drain_queue, events_of, first_event_of
from workers import analytics, fulfillment, inventory, publish

MAX_CALLS = 40
_days = count(1_000)

type Handler = Callable[[dict[str, Any], object], object]


def crash_and_redeliver(handler: Handler, batch: dict[str, Any], number: int) -> bool:
    """Crash after the call with this number, then deliver again. False if there are fewer calls."""
    with crash_after_call(number) as crashed_at:
        handler(batch, LambdaContextStub())
    handler(batch, LambdaContextStub())
    return bool(crashed_at)


def a_unique_day() -> datetime:
    return NOON + timedelta(days=next(_days))


@pytest.mark.usefixtures("tables")
def test_sale_is_counted_once_after_a_worker_crash() -> None:
    for number in range(1, MAX_CALLS):
        order = an_order(now=a_unique_day())

        crashed = crash_and_redeliver(analytics.handler, a_batch(first_event_of(order)), number)

        assert figures_of(order.placed_at.date())["placed"] == Total(1, order.total)
        if not crashed:
            return


@pytest.mark.usefixtures("tables")
def test_stock_ledger_and_low_stock_event_are_written_once_after_a_worker_crash() -> None:
    for number in range(1, MAX_CALLS):
        product = a_product(quantity=3)
        order = an_order(product)

        crashed = crash_and_redeliver(inventory.handler, a_batch(first_event_of(order)), number)

        assert [it.reason for it in LedgerEntry.query(sku_of(product))].count("reserved") == 1
        assert (
            len([it for it in load_order_details(order.order_id).events if it.type == "stock_low"])
            == 1
        )
        if not crashed:
            return


@pytest.mark.usefixtures("tables")
def test_cancelled_order_is_compensated_once_after_a_worker_crash() -> None:
    def cancelled(product: Product) -> Order:
        return cancel_order(an_order_in_status("paid", product).order_id, now=NOON)

    for number in range(1, MAX_CALLS):
        product = a_product()
        order = cancelled(product)

        crashed = crash_and_redeliver(fulfillment.handler, a_batch(events_of(order)[-1]), number)

        assert find_order(order.order_id).status == "cancelled"
        assert_invariants(order.order_id, product)
        if not crashed:
            return


def test_event_is_published_at_least_once_after_a_worker_crash(tables: LocalCloud) -> None:
    for number in range(1, MAX_CALLS):
        order = an_order()

        crashed = crash_and_redeliver(publish.handler, a_stream_batch(order), number)

        row: EventRow = load_order_details(order.order_id).events[0]
        assert row.published_at
        assert not row.unpublished
        assert any(order.order_id in it["Body"] for it in drain_queue(tables, "analytics"))
        if not crashed:
            return
