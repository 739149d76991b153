"""Inventory worker: writes the stock ledger, and warns the merchants once about low stock."""

from collections.abc import Sequence
from typing import Any

from pynamodb.exceptions import TransactWriteError

from app import clock
from app.inventory.reservations import find_low_stock, mark_low_stock_warned, write_ledger
from app.observability.lambda_context import inject_lambda_context
from app.orders.events import (
    EventLine,
    OrderCancelled,
    OrderDeclined,
    OrderEvent,
    OrderPlaced,
    OrderShipped,
    ReturnRefunded,
    StockLow,
)
from app.orders.outbox import append
from app.persistence.dynamodb import is_condition_failure, retrying_transaction
from app.persistence.idempotency import mark_processed
from workers.batch import process_events


def update_ledger(event: OrderEvent) -> None:
    match event:
        case OrderPlaced(lines=lines):
            _record(event, "reserved", _changes(lines, -1))
            _warn_when_low(event)
        case OrderDeclined(lines=lines) | OrderCancelled(lines=lines):
            _record(event, "released", _changes(lines, 1))
        case OrderShipped(lines=lines):
            _record(event, "sold", _changes(lines, 0))
        case ReturnRefunded(lines=returned, return_number=number):
            _record(event, f"returned#{number}", [(it.sku, it.restocked) for it in returned])


def _changes(lines: Sequence[EventLine], sign: int) -> list[tuple[str, int]]:
    return [(line.sku, sign * line.quantity) for line in lines]


def _record(event: OrderEvent, cause: str, changes: list[tuple[str, int]]) -> None:
    write_ledger(changes, cause, event.order_id, event.occurred_at)
    mark_processed("inventory", event.event_id, event.order_id, now=clock.now())


def _warn_when_low(event: OrderPlaced) -> None:
    """Append ``StockLow`` and set the flag in one transaction: one warning until restocked."""
    for stock in find_low_stock(line.sku for line in event.lines):
        warning = StockLow(
            event_id=f"{event.order_id}-low-{stock.sku}",
            order_id=event.order_id,
            occurred_at=event.occurred_at,
            sku=stock.sku,
            available=stock.available,
        )
        try:
            with retrying_transaction() as transaction:
                append(transaction, warning)
                mark_low_stock_warned(transaction, stock.sku)
        except TransactWriteError as error:
            if not is_condition_failure(error):  # otherwise another worker has already warned
                raise


@inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return process_events(event, context, update_ledger, worker="inventory")
