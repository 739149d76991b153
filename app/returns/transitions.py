"""Reads a return, and changes it together with an event of its order: one conditional write."""

from collections.abc import Iterable
from datetime import datetime

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.update import Action

from app.errors import NotFound
from app.orders.events import OrderEvent
from app.orders.models import Order, OrderStatus
from app.orders.return_rows import Return, return_key
from app.orders.transitions import Transition, apply_transition, order_transaction

NO_SUCH_RETURN = "This order has no such return."


def find_return(order_id: str, number: int) -> Return:
    """Read the return with a consistent read. Raises ``NotFound``."""
    try:
        return Return.get(order_id, return_key(number), consistent_read=True)
    except DoesNotExist:
        raise NotFound(NO_SUCH_RETURN) from None


def change_return(
    order: Order, row: Return, event: OrderEvent, changes: Iterable[Action], now: datetime
) -> None:
    """Change the return and append the event. Raises ``OrderChanged``.

    Optimistic locking: the return still has the status, and the order the events, that were read.
    """
    with order_transaction() as transaction:
        apply_transition(transaction, order, appending(order, event), now=now)
        transaction.update(row, actions=[*changes], condition=Return.status == row.status)


def appending(order: Order, event: OrderEvent) -> Transition:
    """A transition to the order's own status, which appends the event."""
    return Transition(OrderStatus(order.status), events=(event,))


def leave_index() -> list[Action]:
    """What takes a return that ends out of the index of open rows."""
    return [Return.open_shard.remove(), Return.next_check_at.remove(), Return.checks.remove()]
