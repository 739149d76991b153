import pytest

from app.inventory.adjustments import list_ledger_entries
from app.inventory.reservations import read_stock_consistently, receive
from app.orders.cancellation import cancel_order
from app.orders.models import EventRow, Order
from infra.local.cloud import LocalCloud
from tests.builders import (
    NOON,
    LambdaContextStub,
    a_batch,
    a_product,
    an_order,
    an_order_in_status,
    counters,
    sku_of,
    stock_of,
)
from tests.unit.workers.queue_readers import events_of, first_event_of
from workers.inventory import handler

pytestmark = pytest.mark.usefixtures("tables")


def ledger_entries(sku: str) -> list[tuple[str, int]]:
    stock = read_stock_consistently([sku])[sku]
    return sorted((it.reason, it.change) for it in list_ledger_entries(stock))


def warnings_about(order: Order) -> list[EventRow]:
    return [
        it
        for it in EventRow.query(order.order_id, EventRow.part.startswith("event#"))
        if it.type == "stock_low"
    ]


@pytest.mark.parametrize(
    ("status", "entries"),
    [
        ("placed", [("received", 20), ("reserved", -1)]),
        ("shipped", [("received", 20), ("reserved", -1), ("sold", 0)]),
        ("declined", [("received", 20), ("released", 1), ("reserved", -1)]),
        ("cancelled", [("received", 20), ("released", 1), ("reserved", -1)]),
    ],
)
def test_ledger_has_one_entry_per_event_for_duplicate_events(
    status: str, entries: list[tuple[str, int]]
) -> None:
    product = a_product()
    order = an_order_in_status(status, product)
    batch = a_batch(*events_of(order), *events_of(order))

    for _ in range(2):
        assert handler(batch, LambdaContextStub()) == {"batchItemFailures": []}

    assert ledger_entries(sku_of(product)) == entries


def test_ledger_is_the_same_for_events_in_reverse_order() -> None:
    product = a_product()
    order = cancel_order(an_order(product).order_id, now=NOON)

    handler(a_batch(*reversed(events_of(order))), LambdaContextStub())

    assert ledger_entries(sku_of(product)) == [("received", 20), ("released", 1), ("reserved", -1)]
    assert counters(product) == (20, 0, 0)


def test_sum_of_the_ledger_is_the_available_stock() -> None:
    product = a_product()
    orders = [an_order_in_status(it, product) for it in ("placed", "shipped", "declined")]

    handler(a_batch(*(event for it in orders for event in events_of(it))), LambdaContextStub())

    changes = sum(change for _, change in ledger_entries(sku_of(product)))
    assert changes == stock_of(product).available


def test_low_stock_is_reported_once() -> None:
    product = a_product(quantity=6)
    first, second = an_order(product), an_order(product)

    for order in (first, first, second):
        handler(a_batch(first_event_of(order)), LambdaContextStub())

    assert len(warnings_about(first)) == 1
    assert warnings_about(second) == []
    assert stock_of(product).low_stock_warned


def test_low_stock_is_reported_again_after_a_delivery() -> None:
    product = a_product(quantity=3)
    handler(a_batch(first_event_of(an_order(product))), LambdaContextStub())
    receive(sku_of(product), 1, delivery="D-1", now=NOON)
    order = an_order(product)

    handler(a_batch(first_event_of(order)), LambdaContextStub())

    assert len(warnings_about(order)) == 1


def test_sufficient_stock_is_not_reported() -> None:
    order = an_order(a_product(quantity=20))

    handler(a_batch(first_event_of(order)), LambdaContextStub())

    assert warnings_about(order) == []


def test_low_stock_event_is_in_the_outbox(tables: LocalCloud) -> None:
    order = an_order(a_product(quantity=2))

    handler(a_batch(first_event_of(order)), LambdaContextStub())

    (warning,) = warnings_about(order)
    assert warning.unpublished
