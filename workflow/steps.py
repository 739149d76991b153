"""The result that every workflow step returns: what the order needs next."""

import math
from datetime import timedelta
from typing import Any

from app import clock
from app.observability.logs import log
from app.orders.models import Order
from app.orders.next_step import next_step

MIN_WAIT = timedelta(seconds=1)


def step_result(step: str, order: Order) -> dict[str, Any]:
    """Return ``next`` for the Choice states, and ``wait_seconds`` for the state ``Pack``.

    A business outcome such as a decline is a normal result. Only technical failures are raised,
    and Step Functions retries them.
    """
    following = next_step(order)
    log(step, order_id=order.order_id, status=order.status, next=following)
    return {"next": following, "wait_seconds": _wait_seconds(order)}


def _wait_seconds(order: Order) -> int:
    """The whole seconds until the order is packed, by this function's clock.

    It writes ``packing_until`` and compares with it by such a clock too, so Step Functions' own
    clock does not matter.
    """
    now = clock.now()
    remaining = (order.packing_until or now) - now
    return math.ceil(max(MIN_WAIT, remaining).total_seconds())
