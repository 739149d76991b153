"""What an order needs next, read from its row and from nothing else."""

from typing import Literal

from app.orders.models import Order, OrderStatus
from app.orders.review import approved

Step = Literal["review", "charge", "pack", "ship", "refund", "release", "done"]

_BY_STATUS: dict[OrderStatus, Step] = {
    OrderStatus.PAYING: "charge",
    OrderStatus.SHIPPING: "ship",
    OrderStatus.REFUNDING: "refund",
    OrderStatus.RELEASING: "release",
}


def next_step(order: Order) -> Step:
    """The same answer for a first run, a retry, a zombie or a redrive: they all look at the row."""
    if order.finished:
        return "done"
    if order.status in (OrderStatus.PLACED, OrderStatus.REVIEWING):
        return "review" if order.needs_review and not approved(order) else "charge"
    if order.status == OrderStatus.PAID:
        return "refund" if order.cancel_requested else "pack"
    return _BY_STATUS[OrderStatus(order.status)]
