"""Keep the stock ledger, and tell the merchants once when few pieces are left."""

from collections.abc import Sequence
from typing import Any

from pynamodb.exceptions import TransactWriteError

from app import clock
from app.inventory.reservations import mark_warned, running_low, write_ledger
from app.orders.events import (
    EventLine,
    OrderCancelled,
    OrderDeclined,
    OrderEvent,
    OrderPlaced,
    OrderShipped,
    StockLow,
)
from app.orders.outbox import tell
from app.persistence.dynamodb import refused_by_condition, writing_together
from app.persistence.idempotency import mark_seen
from workers.batch import for_each_event


def keep_ledger(event: OrderEvent) -> None:
    match event:
        case OrderPlaced(lines=lines):
            _note(event, "held", _changes(lines, -1))
            _warn_when_low(event)
        case OrderDeclined(lines=lines) | OrderCancelled(lines=lines):
            _note(event, "freed", _changes(lines, 1))
        case OrderShipped(lines=lines):
            _note(event, "sold", _changes(lines, 0))


def _changes(lines: Sequence[EventLine], sign: int) -> list[tuple[str, int]]:
    return [(line.sku, sign * line.quantity) for line in lines]


def _note(event: OrderEvent, reason: str, changes: list[tuple[str, int]]) -> None:
    write_ledger(changes, reason, event.order_id, event.occurred_at)
    mark_seen("inventory", event.event_id, event.order_id, now=clock.now())


def _warn_when_low(event: OrderPlaced) -> None:
    """Flag and event go together, so that a sku is warned of once until it is restocked."""
    for stock in running_low(line.sku for line in event.lines):
        warning = StockLow(
            event_id=f"{event.order_id}-low-{stock.sku}",
            order_id=event.order_id,
            occurred_at=event.occurred_at,
            sku=stock.sku,
            available=stock.available,
        )
        try:
            with writing_together() as transaction:
                tell(transaction, warning)
                mark_warned(transaction, stock.sku)
        except TransactWriteError as error:
            if not refused_by_condition(error):  # refused: somebody else has just warned
                raise


def handler(batch: dict[str, Any], context: object) -> dict[str, Any]:
    return for_each_event(batch, context, keep_ledger, worker="inventory")
