import pytest

from app.analytics.figures import figures_of
from app.inventory.models import LedgerEntry
from app.inventory.reservations import read_stock_consistently
from app.orders.models import Order
from app.payments.fake_gateway import Intent
from app.persistence.dynamodb import OrderPart
from infra.ops.reshard import reshard_stock
from tests.builders import (
    NOON,
    LambdaContextStub,
    a_batch,
    a_product,
    an_order_in_status,
    counters,
    sku_of,
)
from tests.load.undo import undo_order
from tests.unit.workers.queue_readers import events_of
from workers import analytics, email, inventory

pytestmark = pytest.mark.usefixtures("tables")


def process_events(order: Order) -> None:
    for worker in (analytics, inventory, email):
        worker.handler(a_batch(*events_of(order)), LambdaContextStub())


def undo(order: Order) -> bool:
    intents = [it for it in Intent.scan() if it.order_id == order.order_id]
    return undo_order(order, intents)


@pytest.mark.parametrize("status", ["shipped", "cancelled", "declined"])
def test_an_undone_order_leaves_no_row_and_no_effect(status: str) -> None:
    product, before = a_product(), figures_of(NOON.date())
    order = an_order_in_status(status, product)
    process_events(order)

    assert undo(order)

    assert counters(product) == (20, 0, 0)
    assert list(OrderPart.query(order.order_id)) == []
    assert [it for it in Intent.scan() if it.order_id == order.order_id] == []
    assert sum(entry.change for entry in LedgerEntry.query(sku_of(product))) == 0
    after = {name: it for name, it in figures_of(NOON.date()).items() if it.count or it.cents}
    assert after == {name: it for name, it in before.items() if it.count or it.cents}


def test_units_return_to_the_stock_shards_that_they_came_from() -> None:
    product = a_product(quantity=4)
    reshard_stock(sku_of(product), 3)
    order = an_order_in_status("shipped", product)
    process_events(order)

    assert undo(order)

    rows = read_stock_consistently([sku_of(product)])[sku_of(product)].shards
    assert [(row.available, row.sold, row.received) for row in rows] == [(1, 0, 1)] * 4


def test_an_unknown_sku_cannot_be_resharded() -> None:
    with pytest.raises(LookupError):
        reshard_stock("NO-SUCH-SKU", 3)


def test_an_open_order_is_not_undone() -> None:
    order = an_order_in_status("paid")
    process_events(order)

    assert not undo(order)
    assert Order.get(order.order_id, "order").status == "paid"


def test_an_order_with_unprocessed_events_is_not_undone() -> None:
    order = an_order_in_status("shipped")
    analytics.handler(a_batch(*events_of(order)), LambdaContextStub())

    assert not undo(order)
    assert Order.get(order.order_id, "order").status == "shipped"
