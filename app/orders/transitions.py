"""How an order moves on: the table of allowed moves, and the one write that makes a move."""

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

from app.errors import Busy, NotFound
from app.i18n.messages import said
from app.orders.events import OrderEvent
from app.orders.models import FINAL, Order, OrderStatus, shard_of
from app.orders.outbox import tell
from app.persistence.dynamodb import met_a_transaction, refused_by_condition, writing_together
from app.settings import settings

_S = OrderStatus
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
LOOKS = 4
JUST_CHANGED = "This order has just changed. Please look again."


class MovedOn(Busy):
    """The order was changed between reading and writing: read it again, then decide again."""


@dataclass(frozen=True)
class Move:
    """A change of status, or of something beside it when ``to`` is the status the order has."""

    to: OrderStatus
    events: tuple[OrderEvent, ...] = ()
    changes: Sequence[Action] = ()
    only_if: Condition | None = None
    due_in: timedelta = field(default_factory=timedelta)  # how long this status may rightly take


def find_order(order_id: str) -> Order:
    """Read the order as it is now; raises ``NotFound``."""
    try:
        return Order.get(order_id, "order", consistent_read=True)
    except DoesNotExist:
        raise NotFound(said("We have no such order.")) from None


@contextmanager
def moving() -> Iterator[TransactWrite]:
    """A transaction that moves an order; raises ``MovedOn`` when a condition refused it."""
    try:
        with writing_together() as transaction:
            yield transaction
    except TransactWriteError as error:
        if refused_by_condition(error):
            raise MovedOn(JUST_CHANGED) from error
        raise


def move(transaction: TransactWrite, order: Order, step: Move, *, now: datetime) -> None:
    """Add one allowed move to the transaction, with the events that tell it.

    Conditional on the status and on the number of events the order had when it was read, so that
    of two who decide at once only one succeeds, and the events keep their order.
    """
    actions, condition = _written(order, step, now)
    transaction.update(order, actions=actions, condition=condition)
    for event in step.events:
        tell(transaction, event)


def claim(order: Order, step: Move, *, now: datetime) -> Order:
    """Make a move that tells nothing and changes nothing else; the order as it is after it.

    One write needs no transaction, which would cost twice. Raises ``MovedOn`` when it was refused:
    as ``moving`` does, and when a transaction was at the order just then.
    """
    actions, condition = _written(order, step, now)
    try:
        order.update(actions=actions, condition=condition)
    except UpdateError as error:
        if refused_by_condition(error) or met_a_transaction(error):
            raise MovedOn(JUST_CHANGED) from error
        raise
    return order


def _written(order: Order, step: Move, now: datetime) -> tuple[list[Action], Condition]:
    moved = step.to != order.status
    if moved and order.status not in ALLOWED_FROM[step.to]:
        raise ValueError(f"An order that is {order.status} cannot become {step.to}.")
    actions = [*step.changes]
    condition = (Order.status == order.status) & (Order.events == order.events)
    if step.only_if is not None:
        condition &= step.only_if
    if step.events:
        actions.append(Order.events.set(order.events + len(step.events)))
    if moved:
        actions += _status_actions(step, now)
    return actions, condition


def _status_actions(step: Move, now: datetime) -> list[Action]:
    # A case that was opened after the order was read goes too: it was about the status before.
    actions = [Order.status.set(step.to), Order.moved_at.set(now), Order.case.remove()]
    if step.to in FINAL:
        return [*actions, Order.open_shard.remove(), Order.due_at.remove()]
    due = now + step.due_in + timedelta(seconds=settings().patience_seconds)
    return [*actions, Order.due_at.set(due)]


def open_shard(order_id: str) -> str:
    return f"open#{shard_of(order_id)}"


def steady[**P, R](rule: Callable[P, R]) -> Callable[P, R]:
    """Let a rule that reads and then decides begin again when the order moved on meanwhile."""

    @wraps(rule)
    def looking_again(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(LOOKS - 1):
            try:
                return rule(*args, **kwargs)
            except MovedOn:
                continue
        return rule(*args, **kwargs)

    return looking_again


def about(order: Order, now: datetime, *, place: int = 1) -> dict[str, Any]:
    """What every event of this order begins with; ``place`` counts within one move."""
    return {
        "event_id": f"{order.order_id}-{order.events + place:04d}",
        "order_id": order.order_id,
        "occurred_at": now,
    }
