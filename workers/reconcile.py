"""Every few minutes, look at orders that stand still: wake or restart their workflow."""

from datetime import UTC, datetime
from typing import Any

from app.aws.workflow import restart_fulfilment, wake
from app.logs import log
from app.orders.reconciling import stuck_orders

FAR_FUTURE = datetime(9999, 1, 1, tzinfo=UTC)


def handler(schedule: dict[str, Any], context: Any) -> dict[str, int]:
    """With ``{"due": "all"}`` every open order is looked at, as after a restart locally."""
    before = FAR_FUTURE if schedule.get("due") == "all" else datetime.now(UTC)
    seen = restarted = 0
    for order, review in stuck_orders(before):
        if context.get_remaining_time_in_millis() < 5_000:
            break
        seen += 1
        if review and review.decision and review.task_token:
            wake(review.task_token)
        restarted += restart_fulfilment(order.order_id) != "running"
    log("reconcile", seen=seen, restarted=restarted)
    return {"seen": seen, "restarted": restarted}
