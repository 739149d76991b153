import pytest

from app.analytics.counters import figures_of
from app.inventory.models import LedgerEntry
from app.inventory.reservations import now_on_hand
from app.orders.models import Order
from app.payments.fake_gateway import Intent
from app.persistence.dynamodb import OrderPart
from infra.ops.reshard import divide
from tests.builders import (
    NOON,
    ALongTime,
    a_batch,
    a_product,
    an_order_that_is,
    counters,
    sku_of,
)
from tests.load.undo import take_back
from tests.unit.workers.queue_readers import events_of
from workers import analytics, email, inventory

pytestmark = pytest.mark.usefixtures("tables")


def all_told(order: Order) -> None:
    for worker in (analytics, inventory, email):
        worker.handler(a_batch(*events_of(order)), ALongTime())


def taken_back(order: Order) -> bool:
    intents = [it for it in Intent.scan() if it.order_id == order.order_id]
    return take_back(order, intents)


@pytest.mark.parametrize("ending", ["shipped", "cancelled", "declined"])
def test_an_order_that_is_taken_back_has_never_been(ending: str) -> None:
    product, before = a_product(), figures_of(NOON.date())
    order = an_order_that_is(ending, product)
    all_told(order)

    assert taken_back(order)

    assert counters(product) == (20, 0, 0)
    assert list(OrderPart.query(order.order_id)) == []
    assert [it for it in Intent.scan() if it.order_id == order.order_id] == []
    assert sum(entry.change for entry in LedgerEntry.query(sku_of(product))) == 20
    after = {name: it for name, it in figures_of(NOON.date()).items() if it.tally or it.cents}
    assert after == {name: it for name, it in before.items() if it.tally or it.cents}


def test_pieces_go_back_to_the_drawers_that_they_came_from() -> None:
    product = a_product(pieces=4)
    divide(sku_of(product), 3)
    order = an_order_that_is("shipped", product)
    all_told(order)

    assert taken_back(order)

    rows = now_on_hand([sku_of(product)])[sku_of(product)].rows
    assert [(row.available, row.sold, row.received) for row in rows] == [(1, 0, 1)] * 4


def test_what_is_not_there_cannot_be_divided() -> None:
    with pytest.raises(LookupError):
        divide("NO-SUCH-SKU", 3)


def test_an_order_on_its_way_is_left_alone() -> None:
    order = an_order_that_is("paid")
    all_told(order)

    assert not taken_back(order)
    assert Order.get(order.order_id, "order").status == "paid"


def test_an_order_of_which_somebody_has_still_to_hear_is_left_alone() -> None:
    order = an_order_that_is("shipped")
    analytics.handler(a_batch(*events_of(order)), ALongTime())

    assert not taken_back(order)
    assert Order.get(order.order_id, "order").status == "shipped"
