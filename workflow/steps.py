"""The result that every workflow step returns: what the order needs next."""

from datetime import timedelta
from typing import Any

from app.observability.logs import log
from app.orders.models import Order
from app.orders.next_step import next_step

TIMER_MARGIN = timedelta(milliseconds=1)  # a Wait state may end a fraction of a millisecond early


def step_result(step: str, order: Order) -> dict[str, Any]:
    """Return ``next`` for the state ``Route`` and ``packing_until`` for the state ``Pack``.

    A business outcome such as a decline is a normal result. Only technical failures are raised,
    and Step Functions retries them.
    """
    following = next_step(order)
    log(step, order_id=order.order_id, status=order.status, next=following)
    until = (order.packing_until or order.placed_at) + TIMER_MARGIN
    return {"next": following, "packing_until": f"{until:%Y-%m-%dT%H:%M:%S}.{until:%f}"[:-3] + "Z"}
