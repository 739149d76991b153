"""What every step answers: what the order needs next, read from its row."""

from datetime import timedelta
from typing import Any

from app.observability.logs import log
from app.orders.models import Order
from app.orders.next_step import next_step

A_MOMENT = timedelta(milliseconds=1)  # a Wait that ends a fraction early would go round once more


def answer(step: str, order: Order) -> dict[str, Any]:
    """``next`` decides where the workflow goes; ``packing_until`` is when it may be shipped.

    Business outcomes are answers like any other. Only technical failures are raised, and retried.
    """
    ahead = next_step(order)
    log(step, order_id=order.order_id, status=order.status, next=ahead)
    until = (order.packing_until or order.placed_at) + A_MOMENT
    return {"next": ahead, "packing_until": f"{until:%Y-%m-%dT%H:%M:%S}.{until:%f}"[:-3] + "Z"}
