"""Free the stock of an order and close it."""

from typing import Any

from app import clock
from app.orders.compensation import release
from workflow.steps import answer


def handler(step: dict[str, Any], _context: object) -> dict[str, Any]:
    return answer("release", release(step["order_id"], now=clock.now()))
