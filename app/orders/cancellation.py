"""Cancelling while it is still possible: at once before money moves, else by asking for it."""

from datetime import datetime

from app.errors import Conflict
from app.i18n.messages import said
from app.orders.events import OrderCancelRequested
from app.orders.models import Order, OrderStatus
from app.orders.review import close_unpaid
from app.orders.transitions import Move, about, find_order, move, moving, steady

UNPAID = (OrderStatus.PLACED, OrderStatus.REVIEWING)
MONEY_MOVING = (OrderStatus.PAYING, OrderStatus.PAID)
ON_THE_WAY_BACK = (OrderStatus.REFUNDING, OrderStatus.RELEASING, OrderStatus.CANCELLED)
BY_CUSTOMER = "cancelled by the customer"
BY_SHOP = "cancelled by the shop"


def can_cancel(order: Order) -> bool:
    return order.status in (*UNPAID, *MONEY_MOVING) and not order.cancel_requested


@steady
def cancel(order_id: str, *, now: datetime, reason: str = BY_CUSTOMER) -> Order:
    """Cancel, or note that it is wanted; asked twice, the second changes nothing.

    An accepted cancel is never shipped. Raises ``Conflict`` once the parcel is handed over.
    """
    order = find_order(order_id)
    if order.status in UNPAID:
        with moving() as transaction:
            close_unpaid(transaction, order, reason, now=now)
        return find_order(order_id)
    if order.status in MONEY_MOVING and not order.cancel_requested:
        _request(order, reason, now)
        return find_order(order_id)
    if order.cancel_requested or order.status in ON_THE_WAY_BACK:
        return order
    if order.status == OrderStatus.DECLINED:
        raise Conflict(said("This order was declined; there is nothing to cancel."))
    raise Conflict(said("This order is on its way already and can no longer be cancelled."))


def _request(order: Order, reason: str, now: datetime) -> None:
    wish = Move(
        OrderStatus(order.status),
        events=(OrderCancelRequested(**about(order, now)),),
        changes=[Order.cancel_requested.set(True), Order.closing_reason.set(reason)],
    )
    with moving() as transaction:
        move(transaction, order, wish, now=now)
