"""Remembering that a consumer has seen an event, together with what it did about it."""

from collections.abc import Callable

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from app.tables import OrderPart, refusals, writing_together


class Seen(OrderPart, discriminator="seen"):
    """A consumer has handled an event of this order."""


def once(
    consumer: str, event_id: str, order_id: str, write: Callable[[TransactWrite], None]
) -> bool:
    """Let ``write`` add its effect to a transaction that also marks the event as seen.

    The effect happens exactly once however often the event arrives; False when it had happened.
    """
    mark = Seen(order_id, f"seen#{consumer}#{event_id}")
    try:
        with writing_together() as transaction:
            transaction.save(mark, condition=Seen.order_id.does_not_exist())
            write(transaction)
    except TransactWriteError as error:
        if refusals(error)[:1] == ("ConditionalCheckFailed",):
            return False
        raise
    return True
