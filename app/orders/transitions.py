"""The state machine of an order: the table of allowed transitions and the write that applies one.

Every transition is one conditional write (optimistic locking): it succeeds only if the order still
has the status and the number of events that were read.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from pynamodb.exceptions import DoesNotExist, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from app.errors import NotFound, Unavailable
from app.i18n.messages import lazy_gettext
from app.orders import outbox
from app.orders.events import OrderEvent
from app.orders.models import FINAL, Order, OrderStatus, shard_of
from app.persistence.dynamodb import (
    is_condition_failure,
    is_transaction_conflict,
    retrying_transaction,
    update_if,
)
from app.settings import settings

_S = OrderStatus
# The transition table: for each status, the statuses an order may come from.
ALLOWED_FROM: dict[OrderStatus, frozenset[OrderStatus]] = {
    _S.REVIEWING: frozenset({_S.PLACED}),
    _S.PAYING: frozenset({_S.PLACED, _S.REVIEWING}),
    _S.PAID: frozenset({_S.PAYING}),
    _S.SHIPPING: frozenset({_S.PAID}),
    _S.SHIPPED: frozenset({_S.SHIPPING}),
    _S.REFUNDING: frozenset({_S.PAID, _S.SHIPPING}),
    _S.RELEASING: frozenset({_S.PAYING, _S.REFUNDING}),
    _S.DECLINED: frozenset({_S.RELEASING}),
    _S.CANCELLED: frozenset({_S.PLACED, _S.REVIEWING, _S.RELEASING}),
}
MAX_ATTEMPTS = 4
CONFLICT_MESSAGE = "This order has just changed. Please reload and try again."


class OrderChanged(Unavailable):
    """The order changed between reading and writing. Read it again, then decide again."""


@dataclass(frozen=True)
class Transition:
    """A change of an order and the events that report it.

    When ``to`` is the order's present status, only ``changes`` and ``events`` are written.
    ``condition`` is checked in addition to the optimistic lock.
    """

    to: OrderStatus
    events: tuple[OrderEvent, ...] = ()
    changes: Sequence[Action] = ()
    condition: Condition | None = None
    due_in: timedelta = field(default_factory=timedelta)  # usual time in this status


def find_order(order_id: str) -> Order:
    """Read the order with a consistent read. Raises ``NotFound``."""
    try:
        return Order.get(order_id, "order", consistent_read=True)
    except DoesNotExist:
        raise NotFound(lazy_gettext("We have no such order.")) from None


@contextmanager
def order_transaction() -> Iterator[TransactWrite]:
    """Open a transaction for transitions. Raises ``OrderChanged`` when a condition fails."""
    try:
        with retrying_transaction() as transaction:
            yield transaction
    except TransactWriteError as error:
        if is_condition_failure(error):
            raise OrderChanged(CONFLICT_MESSAGE) from error
        raise


def apply_transition(
    transaction: TransactWrite, order: Order, transition: Transition, *, now: datetime
) -> None:
    """Add one transition and its events to the transaction.

    Optimistic locking: the write is conditional on the status and the number of events that were
    read, so only one of two concurrent transitions succeeds and the events keep their order.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBMapper.OptimisticLocking.html
    Raises ``ValueError`` for a transition that the table does not allow.
    """
    actions, condition = _conditional_update(order, transition, now)
    transaction.update(order, actions=actions, condition=condition)
    for event in transition.events:
        outbox.append(transaction, event)


def transition_without_event(order: Order, transition: Transition, *, now: datetime) -> Order:
    """Apply a transition that appends no event, and return the changed order.

    A single conditional write costs half as much as a transaction. Raises ``OrderChanged`` when
    the condition fails, or when a concurrent transaction holds the order.
    """
    actions, condition = _conditional_update(order, transition, now)
    if not _update(order, actions, condition):
        raise OrderChanged(CONFLICT_MESSAGE)
    return order


def transition_at_once(
    order_id: str, before: OrderStatus, transition: Transition, *, now: datetime
) -> Order | None:
    """Apply a transition without event to an order that has not been read, and return the order.

    The response of the write is the order, which spares its read; the new status is neither final
    nor lasting. Returns None, and changes nothing, if the order has another status, does not meet
    the condition, or is checked so late that the check would have to move: read it and decide.
    Nothing was decided by an older row, so there is no optimistic lock. Raises ``OrderChanged``
    when a concurrent transaction holds the order.
    """
    require_allowed(before, transition.to)
    condition = (Order.status == before) & (Order.next_check_at <= _usual_end(transition, now))
    if transition.condition is not None:
        condition &= transition.condition
    order = Order(order_id)
    actions = [*transition.changes, *_new_status(transition.to, now)]
    return order if _update(order, actions, condition) else None


def _update(order: Order, actions: list[Action], condition: Condition) -> bool:
    """Whether the order met the condition. Raises ``OrderChanged`` during a transaction."""
    try:
        return update_if(order, actions, condition)
    except UpdateError as error:
        if is_transaction_conflict(error):
            raise OrderChanged(CONFLICT_MESSAGE) from error
        raise


def as_committed(order: Order, transition: Transition, *, now: datetime) -> Order:
    """The order as a committed transition left it, without reading it again.

    By the optimistic lock nothing that ``next_step`` depends on has changed since the order was
    read: every change of the status or of a cancellation request appends an event. Attributes in
    ``changes`` are the caller's to set.
    """
    order.status, order.status_changed_at = transition.to, now
    order.event_count += len(transition.events)
    order.issue = order.checks = None
    if transition.to in FINAL:
        order.open_shard = order.next_check_at = None
    else:
        order.next_check_at = _next_check(order, transition, now)
    return order


def require_allowed(before: OrderStatus, after: OrderStatus) -> None:
    """Raise ``ValueError`` for a transition that the table does not contain."""
    if before not in ALLOWED_FROM.get(after, ()):
        raise ValueError(f"Transition from {before} to {after} is not allowed.")


def _conditional_update(
    order: Order, transition: Transition, now: datetime
) -> tuple[list[Action], Condition]:
    status_changes = transition.to != order.status
    if status_changes:
        require_allowed(OrderStatus(order.status), transition.to)
    actions = [*transition.changes]
    condition = (Order.status == order.status) & (Order.event_count == order.event_count)
    if transition.condition is not None:
        condition &= transition.condition
    if transition.events:
        actions.append(Order.event_count.set(order.event_count + len(transition.events)))
    if status_changes:
        actions += _status_actions(order, transition, now)
    return actions, condition


def _status_actions(order: Order, transition: Transition, now: datetime) -> list[Action]:
    actions = _new_status(transition.to, now)
    if transition.to in FINAL:
        return [*actions, Order.open_shard.remove(), Order.next_check_at.remove()]
    next_check = _next_check(order, transition, now)
    moved = next_check != order.next_check_at
    return [*actions, Order.next_check_at.set(next_check)] if moved else actions


def _new_status(status: OrderStatus, now: datetime) -> list[Action]:
    """Also removes an issue opened after the order was read: it concerned the previous status."""
    return [
        Order.status.set(status),
        Order.status_changed_at.set(now),
        Order.issue.remove(),
        Order.checks.remove(),
    ]


def _usual_end(transition: Transition, now: datetime) -> datetime:
    """When an order that still has this status counts as stuck."""
    return now + transition.due_in + timedelta(seconds=settings().stuck_after_seconds)


def _next_check(order: Order, transition: Transition, now: datetime) -> datetime:
    """When reconciliation checks the order next: by then it counts as stuck, or a little earlier.

    A planned check that is early enough stays, since moving it writes the index twice. It finds an
    order that is not stuck, which is rare: most orders have the next status long before.
    """
    due = _usual_end(transition, now)
    planned = order.next_check_at
    is_early_enough = planned is not None and planned <= due and not transition.due_in
    return planned if planned and is_early_enough else due


def open_shard(order_id: str) -> str:
    return f"open#{shard_of(order_id)}"


def retry_on_conflict[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Run a function that reads and then writes an order again when it raises ``OrderChanged``.

    After ``MAX_ATTEMPTS`` the exception reaches the caller.
    """

    @wraps(function)
    def with_retries(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(MAX_ATTEMPTS - 1):
            try:
                return function(*args, **kwargs)
            except OrderChanged:
                continue
        return function(*args, **kwargs)

    return with_retries


def event_header(order: Order, now: datetime, *, position: int = 1) -> dict[str, Any]:
    """The fields that every event of this order has; ``position`` counts within one transition.

    The event id is derived from the order's event count, so a consumer can deduplicate by it.
    """
    return {
        "event_id": f"{order.order_id}-{order.event_count + position:04d}",
        "order_id": order.order_id,
        "occurred_at": now,
    }
