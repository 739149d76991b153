"""Reconciliation: which open orders are checked when, and the number of their workflow's run.

Each check and each run is one conditional write before the work, so that of two reconcilers only
one goes on, and an order that fails or hangs comes after the others at the next pass.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from app.errors import Conflict
from app.orders.models import Order, OrderStatus
from app.orders.return_rows import Return
from app.orders.transitions import CONFLICT_MESSAGE, OrderChanged, find_order, retry_on_conflict
from app.persistence.dynamodb import OrderPart, is_transaction_conflict, update_if
from app.settings import settings

MIN_CHECK_DELAY = timedelta(minutes=1)
MAX_CHECK_DELAY = timedelta(minutes=15)


def check_delay(checks: int) -> timedelta:
    """The time until the next check, after so many since the last change of status.

    Exponential backoff: 1, 2, 4, 8 and then 15 minutes, for as long as the order or return is open.
    """
    delay: timedelta = MIN_CHECK_DELAY * 2 ** min(checks, 10)
    return min(MAX_CHECK_DELAY, delay)


def schedule_next_check(row: Order | Return, *, now: datetime) -> bool:
    """Move the row's next check back. Returns whether the caller is to do the present one.

    False if another reconciler does it, or the row has changed since it was read. True leaves
    the row as it is in the table now.
    """
    kind, checks = type(row), row.checks or 0
    actions = [kind.next_check_at.set(now + check_delay(checks)), kind.checks.set(checks + 1)]
    return write_if(row, actions, kind.next_check_at == row.next_check_at)


def schedule_check_soon(order: Order, *, now: datetime) -> None:
    """Like ``schedule_next_check``, but never later than the check that is planned."""
    planned = order.next_check_at
    if planned is None or planned > now + check_delay(order.checks or 0):
        schedule_next_check(order, now=now)


def start_next_run(order: Order) -> int | None:
    """Count the order's next run, and return its number.

    None if the order is closed or another caller has counted it. There is no limit: executions are
    named after the order and the run, and AWS frees a name after 90 days. The next check finds a
    run that was counted and never started.
    """
    run = order.current_run
    same_run = Order.run == run if order.run else Order.run.does_not_exist()
    counted = write_if(order, [Order.run.set(run + 1)], same_run & Order.open_shard.exists())
    return run + 1 if counted else None


@retry_on_conflict
def request_restart(order_id: str, *, now: datetime) -> None:
    """Let the next pass of the reconciler check the order, as if for the first time.

    A repeat changes nothing. Raises ``Conflict`` for a closed order, and ``NotFound``.
    """
    order = find_order(order_id)
    if order.finished:
        raise Conflict("This order is closed; its workflow has ended.")
    actions = [Order.next_check_at.set(now), Order.checks.remove()]
    if not write_if(order, actions, Order.open_shard.exists()):
        raise OrderChanged(CONFLICT_MESSAGE)


def stuck_from(order: Order) -> datetime:
    """When an order counts as stuck: its status then lasts for longer than is usual."""
    usual_end = order.status_changed_at
    if order.status == OrderStatus.REVIEWING:
        usual_end += timedelta(seconds=settings().review_seconds)
    if order.status == OrderStatus.PAID and order.packing_until:
        usual_end = order.packing_until
    return usual_end + timedelta(seconds=settings().stuck_after_seconds)


def is_without_progress(order: Order, *, now: datetime) -> bool:
    """Whether people should know that the order is stuck, although no step has failed."""
    tolerance = timedelta(seconds=settings().stuck_after_seconds)
    return order.issue is None and stuck_from(order) + tolerance < now


def write_if(row: OrderPart, actions: Sequence[Action], condition: Condition) -> bool:
    """Update the row. Returns False if the condition fails, or a transaction holds the row."""
    try:
        return update_if(row, actions, condition)
    except UpdateError as error:
        if is_transaction_conflict(error):
            return False
        raise
