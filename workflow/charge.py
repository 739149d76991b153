"""Charge an order, or find that it needs a merchant first."""

from typing import Any

from app import clock
from app.orders.payment import charge
from workflow.steps import answer


def handler(step: dict[str, Any], _context: object) -> dict[str, Any]:
    return answer("charge", charge(step["order_id"], now=clock.now()))
