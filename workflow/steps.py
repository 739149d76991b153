"""The result that every workflow step returns: what the order needs next."""

import math
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from app import clock
from app.observability.logs import log
from app.observability.spans import span
from app.orders.models import Order
from app.orders.next_step import next_step

type StepHandler[R] = Callable[[dict[str, Any], object], R]

MIN_WAIT = timedelta(seconds=1)


def traced_step[R](handler: StepHandler[R]) -> StepHandler[R]:
    """Record each attempt of a step as a span, named like the step's file.

    Its parent is in the execution's input. An execution that earlier code has started has none.
    """
    name = handler.__module__.rpartition(".")[2]

    @wraps(handler)
    def with_span(event: dict[str, Any], context: object) -> R:
        with span(event["order_id"], name, parent=event.get("traceparent", "")):
            return handler(event, context)

    return with_span


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
