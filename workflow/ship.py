"""Ship an order that is paid and packed."""

from datetime import UTC, datetime
from typing import Any

from app.orders.dispatching import ship
from workflow.steps import answer


def handler(step: dict[str, Any], _context: object) -> dict[str, Any]:
    return answer("ship", ship(step["order_id"], now=datetime.now(UTC)))
