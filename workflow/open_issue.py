"""Ask a person for help with an order that the workflow cannot bring further."""

from typing import Any

from app import clock
from app.observability.logs import log
from app.orders.compensation import open_case


def handler(step: dict[str, Any], _context: object) -> None:
    reason = f"The step {step['failed']} did not succeed: {step['error']}."
    open_case(step["order_id"], reason, "workflow", now=clock.now())
    log("case", order_id=step["order_id"], failed=step["failed"], error=step["error"])
