"""The next step of an order's workflow, derived only from the stored order."""

from typing import Literal

from app.orders.models import FINAL, Order, OrderStatus
from app.orders.review import is_approved

Step = Literal["review", "charge", "pack", "ship", "refund", "release", "done"]

_BY_STATUS: dict[OrderStatus, Step] = {
    OrderStatus.PAYING: "charge",
    OrderStatus.SHIPPING: "ship",
    OrderStatus.REFUNDING: "refund",
    OrderStatus.RELEASING: "release",
}


def next_step(order: Order) -> Step:
    """The step to run next.

    It depends on the stored order alone, so a first run, a retry, an outdated execution and a
    redrive all continue at the same step.
    """
    return step_for(
        OrderStatus(order.status),
        awaits_approval=order.needs_review and not is_approved(order),
        cancel_requested=order.cancel_requested,
    )


def step_for(status: OrderStatus, *, awaits_approval: bool, cancel_requested: bool) -> Step:
    """The pure rule, which the model in ``tests/simulation/models`` explores state by state."""
    if status in FINAL:
        return "done"
    if status in (OrderStatus.PLACED, OrderStatus.REVIEWING):
        return "review" if awaits_approval else "charge"
    if status == OrderStatus.PAID:
        return "refund" if cancel_requested else "pack"
    return _BY_STATUS[status]
