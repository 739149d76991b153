"""Ship an order that is paid and packed."""

from typing import Any

from app import clock
from app.orders.shipping import ship
from workflow.steps import answer


def handler(step: dict[str, Any], _context: object) -> dict[str, Any]:
    return answer("ship", ship(step["order_id"], now=clock.now()))
