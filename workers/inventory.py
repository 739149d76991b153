"""Inventory worker: writes the stock ledger, and warns the merchants once about low stock."""

from typing import Any

from pynamodb.exceptions import TransactWriteError

from app import clock
from app.inventory.reservations import find_low_stock, mark_low_stock_warned, write_ledger
from app.observability.lambda_context import inject_lambda_context
from app.orders.events import OrderEvent, OrderPlaced, StockLow
from app.orders.outbox import append
from app.orders.stock_changes import stock_changes
from app.persistence.dynamodb import is_condition_failure, retrying_transaction
from workers.batch import process_events


def update_ledger(event: OrderEvent) -> None:
    """Idempotent: the keys of the entries follow from the event, so they are its record, too."""
    if changes := stock_changes(event):
        write_ledger(
            changes.units,
            changes.cause,
            event.order_id,
            event.occurred_at,
            recorded_at=clock.now(),
        )
    if isinstance(event, OrderPlaced):
        _warn_when_low(event)


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
