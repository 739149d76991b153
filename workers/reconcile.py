"""Reconciliation: restart the workflow of orders that are stuck or whose execution failed."""

from datetime import UTC, datetime
from typing import Any

from app import clock
from app.aws.step_functions import ExecutionLimitReached, restart_fulfillment, resume_with_token
from app.observability.logs import log
from app.orders.issues import open_issue
from app.orders.models import IssueReason, Order, OrderIssue, Review
from app.orders.reconciliation import stuck_orders
from app.orders.transitions import find_order
from workers.batch import process_batch
from workers.execution_events import WorkflowExecution, read_failed_execution

FAR_FUTURE = datetime(9999, 1, 1, tzinfo=UTC)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Handle failed executions from their queue, or the schedule, which checks overdue orders.

    ``{"due": "all"}`` checks every open order, for example after the local cloud restarted.
    """
    if "Records" in event:
        return process_batch(
            event, context, restart_failed_execution, read=read_failed_execution, worker="reconcile"
        )
    before = FAR_FUTURE if event.get("due") == "all" else clock.now()
    return _restart_stuck_orders(before, context)


def restart_failed_execution(execution: WorkflowExecution) -> None:
    """Start the next execution for an order that is not closed.

    An order with an issue is left to the schedule, so that it is not restarted in a tight loop.
    """
    order = find_order(execution.order_id)
    if not order.finished and not order.issue:
        restart_fulfillment(order.order_id)


def _restart_stuck_orders(before: datetime, context: Any) -> dict[str, int]:
    checked = restarted = failed = 0
    for order, review in stuck_orders(before):
        if context.get_remaining_time_in_millis() < 5_000:
            break
        checked += 1
        try:
            restarted += _restart(order, review)
        except Exception as error:  # one failing order must not stop the others
            failed += 1
            log("reconcile failed", order_id=order.order_id, error=type(error).__name__)
    log("reconcile", checked=checked, restarted=restarted, failed=failed)
    return {"checked": checked, "restarted": restarted, "failed": failed}


def _restart(order: Order, review: Review | None) -> bool:
    if review and review.decision and review.task_token:
        resume_with_token(review.task_token)
    try:
        return restart_fulfillment(order.order_id) != "running"
    except ExecutionLimitReached:
        reason = IssueReason.EXECUTION_LIMIT_REACHED
        open_issue(order.order_id, OrderIssue(reason, since=clock.now(), by="reconciler"))
        raise
