"""Every few minutes, look at orders that stand still: wake or restart their workflow."""

from datetime import UTC, datetime
from typing import Any

from app.aws.workflow import restart_fulfilment, wake
from app.logs import log
from app.orders.models import Order, Review
from app.orders.reconciling import stuck_orders

FAR_FUTURE = datetime(9999, 1, 1, tzinfo=UTC)


def handler(schedule: dict[str, Any], context: Any) -> dict[str, int]:
    """With ``{"due": "all"}`` every open order is looked at, as after a restart locally."""
    before = FAR_FUTURE if schedule.get("due") == "all" else datetime.now(UTC)
    seen = restarted = failed = 0
    for order, review in stuck_orders(before):
        if context.get_remaining_time_in_millis() < 5_000:
            break
        seen += 1
        try:
            restarted += _restarted(order, review)
        except Exception as error:  # one that cannot be helped must not keep help from the others
            failed += 1
            log("reconcile failed", order_id=order.order_id, error=type(error).__name__)
    log("reconcile", seen=seen, restarted=restarted, failed=failed)
    return {"seen": seen, "restarted": restarted, "failed": failed}


def _restarted(order: Order, review: Review | None) -> bool:
    if review and review.decision and review.task_token:
        wake(review.task_token)
    return restart_fulfilment(order.order_id) != "running"
