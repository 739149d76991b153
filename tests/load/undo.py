"""Undo an order as if it had never been placed, in one transaction; the data stays consistent.

The hours of its events are then due for the roll-up of sales figures.
"""

from collections.abc import Sequence

from pynamodb.transactions import TransactWrite

from app.analytics.facts import fact_partition, mark_due, utc_hour
from app.analytics.models import SalesRow
from app.inventory.models import LedgerEntry, Stock
from app.orders.consumer_records import consumer_records
from app.orders.events import read_event
from app.orders.models import EventRow, Order, OrderStatus
from app.orders.queries import OrderDetails, load_order_details
from app.payments.fake_gateway import Intent, ProviderRecord
from app.payments.models import Payment
from app.persistence.dynamodb import OrderPart, retrying_transaction
from app.persistence.idempotency import EmailDelivery, ProcessedEvent
from app.shipping.fake_carrier import ShipmentRecord
from app.verification.event_effects import CONSUMERS, LEDGER

# Imported so that a Query can deserialize every kind of row in an order's partition.
ROW_CLASSES = (Order, EventRow, Payment, ProcessedEvent, EmailDelivery)
LEDGER_REASONS = {"order_placed": "reserved", "order_shipped": "sold"}


def undo_order(order: Order, intents: Sequence[Intent]) -> bool:
    """Return False when the order is not final, or a consumer has not processed all its events."""
    parts = list(OrderPart.query(order.order_id, consistent_read=True))
    if not order.finished or not _all_processed(load_order_details(order.order_id)):
        return False
    events = [it for it in parts if isinstance(it, EventRow)]
    with retrying_transaction() as transaction:
        for part in parts:
            as_read = Order.event_count == order.event_count if isinstance(part, Order) else None
            transaction.delete(part, condition=as_read)
        for row in (*intents, ProviderRecord(f"key#intent:{order.order_id}")):
            transaction.delete(row)
        transaction.delete(ShipmentRecord(order.order_id))
        _restore_stock(transaction, order)
        for event in events:
            _undo_effects(transaction, event, order)
    for hour in {utc_hour(it.occurred_at) for it in events}:
        mark_due(hour)
    return True


def _all_processed(details: OrderDetails) -> bool:
    """Whether every consumer has recorded each event that it acts on."""
    records = {(it.consumer, it.event_id) for it in consumer_records(details)}
    records |= {("email", it.part.split("#")[1]) for it in details.email_deliveries}
    return all(
        (consumer, read_event(row.body).event_id) in records
        for row in details.events
        for consumer, types in CONSUMERS.items()
        if row.type in types
    )


def _restore_stock(transaction: TransactWrite, order: Order) -> None:
    """Make sold units available again; a cancelled or declined order has released its own."""
    for key, units in order.reservations if order.status == OrderStatus.SHIPPED else ():
        transaction.update(
            Stock(key),
            actions=[Stock.available.add(units), Stock.sold.add(-units)],
            condition=Stock.sold >= units,
        )


def _undo_effects(transaction: TransactWrite, row: EventRow, order: Order) -> None:
    event = read_event(row.body)
    if row.type in LEDGER:
        reason = LEDGER_REASONS.get(row.type, "released")
        for line in order.lines:
            entry = LedgerEntry.of_order(line.sku, order.order_id, reason, event.occurred_at)
            transaction.delete(entry)
    if row.type in CONSUMERS["analytics"]:
        period = fact_partition(utc_hour(event.occurred_at), event.event_id)
        transaction.delete(SalesRow(period, event.event_id))
