import pytest

from app.inventory.models import LedgerEntry
from app.inventory.reservations import receive
from app.orders.cancellation import cancel
from app.orders.models import EventRow, Order
from infra.local.cloud import LocalCloud
from tests.builders import (
    NOON,
    ALongTime,
    a_batch,
    a_product,
    an_order,
    an_order_that_is,
    counters,
    sku_of,
    stock_of,
)
from tests.unit.workers.queue_readers import events_of, the_first_event
from workers.inventory import handler

pytestmark = pytest.mark.usefixtures("tables")


def ledger_of(sku: str) -> list[tuple[str, int]]:
    return sorted((it.reason, it.change) for it in LedgerEntry.query(sku))


def warnings_about(order: Order) -> list[EventRow]:
    return [
        it
        for it in EventRow.query(order.order_id, EventRow.part.startswith("event#"))
        if it.type == "stock_low"
    ]


@pytest.mark.parametrize(
    ("status", "entries"),
    [
        ("placed", [("held", -1), ("received", 20)]),
        ("shipped", [("held", -1), ("received", 20), ("sold", 0)]),
        ("declined", [("freed", 1), ("held", -1), ("received", 20)]),
        ("cancelled", [("freed", 1), ("held", -1), ("received", 20)]),
    ],
)
def test_the_ledger_says_once_why_stock_changed(
    status: str, entries: list[tuple[str, int]]
) -> None:
    product = a_product()
    order = an_order_that_is(status, product)
    batch = a_batch(*events_of(order), *events_of(order))

    for _ in range(2):
        assert handler(batch, ALongTime()) == {"batchItemFailures": []}

    assert ledger_of(sku_of(product)) == entries


def test_the_ledger_is_the_same_when_the_end_arrives_before_the_beginning() -> None:
    product = a_product()
    order = cancel(an_order(product).order_id, now=NOON)

    handler(a_batch(*reversed(events_of(order))), ALongTime())

    assert ledger_of(sku_of(product)) == [("freed", 1), ("held", -1), ("received", 20)]
    assert counters(product) == (20, 0, 0)


def test_what_the_ledger_adds_up_to_is_what_is_available() -> None:
    product = a_product()
    orders = [an_order_that_is(it, product) for it in ("placed", "shipped", "declined")]

    handler(a_batch(*(event for it in orders for event in events_of(it))), ALongTime())

    changes = sum(change for _, change in ledger_of(sku_of(product)))
    assert changes == stock_of(product).available


def test_merchants_are_warned_once_when_few_are_left() -> None:
    product = a_product(pieces=6)
    first, second = an_order(product), an_order(product)

    for order in (first, first, second):
        handler(a_batch(the_first_event(order)), ALongTime())

    assert len(warnings_about(first)) == 1
    assert warnings_about(second) == []
    assert stock_of(product).warned


def test_after_a_delivery_they_may_be_warned_again() -> None:
    product = a_product(pieces=3)
    handler(a_batch(the_first_event(an_order(product))), ALongTime())
    receive(sku_of(product), 1, delivery="D-1", now=NOON)
    order = an_order(product)

    handler(a_batch(the_first_event(order)), ALongTime())

    assert len(warnings_about(order)) == 1


def test_nobody_is_warned_while_there_is_plenty() -> None:
    order = an_order(a_product(pieces=20))

    handler(a_batch(the_first_event(order)), ALongTime())

    assert warnings_about(order) == []


def test_a_warning_waits_to_be_published_like_any_event(tables: LocalCloud) -> None:
    order = an_order(a_product(pieces=2))

    handler(a_batch(the_first_event(order)), ALongTime())

    (warning,) = warnings_about(order)
    assert warning.pending
