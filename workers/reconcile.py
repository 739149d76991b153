"""Reconciliation: restart the workflow of stuck orders, and carry out the refunds of returns."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from app import clock
from app.aws.step_functions import resume_with_token
from app.errors import NotFound
from app.observability.lambda_context import inject_lambda_context
from app.observability.logs import log, log_error
from app.orders.issues import open_issue
from app.orders.models import IssueReason, Order, OrderIssue, OrderStatus
from app.orders.queries import count_open_issues, due_for_check
from app.orders.reconciliation import (
    is_without_progress,
    schedule_check_soon,
    schedule_next_check,
    stuck_from,
)
from app.orders.return_rows import Return, ReturnStatus
from app.orders.review import find_review
from app.orders.transitions import find_order
from app.returns.refunds import refund_return
from app.returns.requests import expire_return
from workers.batch import process_batch
from workers.execution_events import WorkflowExecution, read_failed_execution
from workers.workflow_runs import ensure_workflow_runs

FAR_FUTURE = datetime(9999, 1, 1, tzinfo=UTC)
MIN_REMAINING_MS = 5_000  # with less time left, the remaining orders wait for the next pass


@inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Handle failed executions from their queue, or the schedule, which checks due orders.

    ``{"due": "all"}`` checks every open order, for example after the local cloud restarted.
    ``{"order_id": ...}`` checks one order, for an operator.
    """
    if "Records" in event:
        return process_batch(
            event, context, restart_failed_execution, read=read_failed_execution, worker="reconcile"
        )
    if "order_id" in event:
        return _check_one(event["order_id"])
    return _check_due(FAR_FUTURE if event.get("due") == "all" else clock.now(), context)


def restart_failed_execution(execution: WorkflowExecution) -> None:
    """Start the next run of an order that is not closed. Idempotent by the run's number.

    The message only says which order to look at: Step Functions is asked whether its run has ended.
    An order with an issue waits for its next check, and so does one whose execution failed at once
    and changed nothing: a workflow that cannot run is not restarted in a tight loop.
    """
    order, now = find_order(execution.order_id), clock.now()
    if order.finished or order.issue or execution.run != order.current_run:
        return
    schedule_check_soon(order, now=now)  # also finds a run that was counted and not started
    if execution.ended_at_once and order.status_changed_at <= execution.started_at:
        log_error("workflow_broken", order_id=order.order_id, execution=execution.name)
    else:
        ensure_workflow_runs(order)


def _check_one(order_id: str) -> dict[str, Any]:
    """The order's status, run, and whether it was started; an empty status for an unknown order."""
    try:
        order = find_order(order_id)
    except NotFound:
        return {"status": "", "run": 0, "started": False}
    started = not order.finished and _check(order, clock.now())
    return {"status": order.status, "run": order.current_run, "started": started}


def _check_due(before: datetime, context: Any) -> dict[str, int]:
    """Check rows until none is due or the time is over; one that fails does not stop the others.

    ``stuck`` are those whose status lasts for too long.
    """
    counts = Counter[str]()
    for row in due_for_check(before):
        if context.get_remaining_time_in_millis() < MIN_REMAINING_MS:
            break
        try:
            counts += _check_row(row, clock.now())
        except Exception as error:
            counts["failed"] += 1
            log_error("reconcile failed", order_id=row.order_id, error=type(error).__name__)
    log(
        "reconcile",
        checked=counts["checked"],
        stuck=counts["stuck"],
        restarted=counts["restarted"],
        returns=counts["returns"],
        failed=counts["failed"],
    )
    log("open_issues", orders=count_open_issues())
    return {name: counts[name] for name in ("checked", "stuck", "restarted", "failed")}


def _check_row(row: Order | Return, now: datetime) -> Counter[str]:
    return _check_return(row, now) if isinstance(row, Return) else _check_order(row, now)


def _check_order(order: Order, now: datetime) -> Counter[str]:
    if not schedule_next_check(order, now=now):
        return Counter()
    return Counter(checked=1, stuck=stuck_from(order) <= now, restarted=_check(order, now))


def _check_return(row: Return, now: datetime) -> Counter[str]:
    """Try a refund again, or end a return whose parcel never came."""
    if row.status != ReturnStatus.RECEIVED and (row.next_check_at or now) > now:
        return Counter()  # it is not due: every row is checked
    if schedule_next_check(row, now=now):
        refund_return(row.order_id, row.number, now=now)
        expire_return(row.order_id, row.number, now=now)
    return Counter(returns=1)


def _check(order: Order, now: datetime) -> bool:
    """Resume or restart the order's workflow; returns whether a run was started."""
    if order.status == OrderStatus.REVIEWING:
        review = find_review(order.order_id)
        if review and review.decision and review.task_token:
            resume_with_token(review.task_token)
    started = ensure_workflow_runs(order)
    if is_without_progress(order, now=now):
        issue = OrderIssue(IssueReason.NO_PROGRESS, since=now, by="reconciler")
        open_issue(order.order_id, issue)
    return started
