"""Every few minutes, and when a workflow ended badly: see that open orders are looked after."""

from datetime import UTC, datetime
from typing import Any

from app import clock
from app.aws.step_functions import OutOfRuns, restart_fulfilment, wake
from app.observability.logs import log
from app.orders.compensation import open_case
from app.orders.models import Order, Review
from app.orders.reconciliation import stuck_orders
from app.orders.transitions import find_order
from workers.batch import for_each
from workers.execution_events import Run, ended_run

FAR_FUTURE = datetime(9999, 1, 1, tzinfo=UTC)


def handler(woken: dict[str, Any], context: Any) -> dict[str, Any]:
    """By the clock, or by the queue of workflows that failed, timed out or were aborted.

    With ``{"due": "all"}`` every open order is looked at, as after a restart locally.
    """
    if "Records" in woken:
        return for_each(woken, context, follow_up, read=ended_run, worker="reconcile")
    before = FAR_FUTURE if woken.get("due") == "all" else clock.now()
    return _look_after_the_stuck(before, context)


def follow_up(ended: Run) -> None:
    """Start the next run of an order that is not closed.

    With a case a person has been asked already: the clock comes back to it, in its own time.
    """
    if not (order := find_order(ended.order_id)).finished and not order.case:
        restart_fulfilment(order.order_id)


def _look_after_the_stuck(before: datetime, context: Any) -> dict[str, int]:
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
    try:
        return restart_fulfilment(order.order_id) != "running"
    except OutOfRuns as reason:
        open_case(order.order_id, str(reason), "reconciler", now=clock.now())
        raise
