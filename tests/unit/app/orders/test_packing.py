import pytest

from app.orders.cancellation import cancel_order
from app.orders.models import OrderStatus
from app.orders.packing import ship_now
from app.orders.shipping import ship
from app.orders.transitions import find_order
from tests.builders import NOON, an_order_in_status
from tests.conflicts import transaction_conflicts
from tests.unit.workers.queue_readers import events_of

pytestmark = pytest.mark.usefixtures("tables")


def test_packed_order_ships_before_its_packing_time_ends() -> None:
    order = an_order_in_status("paid")
    assert ship(order.order_id, now=NOON).status == "paid"

    shipped = ship_now(order.order_id, now=NOON)

    assert (shipped.status, shipped.packing_until) == ("shipped", NOON)
    assert [it.type for it in events_of(shipped)][-1] == "order_shipped"


def test_conflicting_write_of_another_caller_is_repeated() -> None:
    order = an_order_in_status("paid")

    with transaction_conflicts(0.5, seed=3, operation="UpdateItem") as refused:
        shipped = ship_now(order.order_id, now=NOON)

    assert refused
    assert shipped.status == "shipped"


def test_cancellation_that_comes_between_the_two_writes_wins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = an_order_in_status("paid")

    def cancel_first(order_id: str, **at: object) -> object:
        cancel_order(order_id, now=NOON)
        return ship(order_id, now=NOON)

    monkeypatch.setattr("app.orders.packing.ship", cancel_first)

    assert ship_now(order.order_id, now=NOON).cancel_requested
    assert find_order(order.order_id).status == OrderStatus.PAID
