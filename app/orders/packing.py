"""Packing: a merchant confirms that an order is packed, before its packing time is over."""

from datetime import datetime

from app.errors import Conflict
from app.orders.models import Order, OrderStatus
from app.orders.reconciliation import write_if
from app.orders.shipping import is_ready_to_ship, ship
from app.orders.transitions import CONFLICT_MESSAGE, OrderChanged, find_order, retry_on_conflict


def ship_now(order_id: str, *, now: datetime) -> Order:
    """End the packing time and ship the order, by the step that its workflow runs later.

    Idempotent: a repeat and the workflow find the order shipped. Raises ``Conflict`` for an order
    that is not paid yet or is cancelled, ``NotFound``, and ``CarrierUnavailable``, after which the
    workflow ships it once the packing time that it waits for is over.
    """
    _confirm_packed(order_id, now=now)
    return ship(order_id, now=now)


@retry_on_conflict
def _confirm_packed(order_id: str, *, now: datetime) -> None:
    order = find_order(order_id)
    if order.status in (OrderStatus.SHIPPING, OrderStatus.SHIPPED):
        return
    if order.status != OrderStatus.PAID or order.cancel_requested:
        raise Conflict("It is not being packed: it was cancelled, or is not paid yet.")
    if is_ready_to_ship(packing_until=order.packing_until, cancel_requested=False, now=now):
        return
    if not write_if(order, [Order.packing_until.set(now)], Order.status == OrderStatus.PAID):
        raise OrderChanged(CONFLICT_MESSAGE)
