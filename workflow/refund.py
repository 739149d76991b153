"""Give the money of an order back."""

from typing import Any

from app import clock
from app.orders.compensation import refund
from workflow.steps import answer


def handler(step: dict[str, Any], _context: object) -> dict[str, Any]:
    return answer("refund", refund(step["order_id"], now=clock.now()))
