"""Take an order back as if it had never been: one transaction, and the books still balance."""

from collections.abc import Sequence

from pynamodb.transactions import TransactWrite

from app.analytics.counters import Sum, add_to_day
from app.inventory.models import LedgerEntry, Stock
from app.orders.events import read_event
from app.orders.models import EventRow, Order, OrderStatus
from app.payments.fake_gateway import BookEntry, Intent
from app.payments.models import Payment
from app.persistence.dynamodb import OrderPart, writing_together
from app.persistence.idempotency import Seen, SentLetter, mark_of
from app.shipping.fake_carrier import ParcelRow
from app.verification.event_effects import CONSUMERS, LEDGER
from workers.analytics import figures

# A Query finds only the kinds of rows whose classes Python has met.
KINDS = (Order, EventRow, Payment, Seen, SentLetter)
LEDGER_REASONS = {"order_placed": "held", "order_shipped": "sold"}


def take_back(order: Order, intents: Sequence[Intent]) -> bool:
    """False when the order is not closed, or somebody has still to act on an event of it."""
    parts = list(OrderPart.query(order.order_id, consistent_read=True))
    if not order.finished or not _all_done(parts):
        return False
    with writing_together() as transaction:
        for part in parts:
            as_read = Order.events == order.events if isinstance(part, Order) else None
            transaction.delete(part, condition=as_read)
        for row in (*intents, BookEntry(f"key#intent:{order.order_id}")):
            transaction.delete(row)
        transaction.delete(ParcelRow(order.order_id))
        _put_back(transaction, order)
        for event in (it for it in parts if isinstance(it, EventRow)):
            _forget(transaction, event, order)
    return True


def _all_done(parts: Sequence[OrderPart]) -> bool:
    there = {part.part for part in parts}
    return all(
        mark_of(consumer, read_event(it.body).event_id) in there
        for it in parts
        if isinstance(it, EventRow)
        for consumer, types in CONSUMERS.items()
        if it.type in types
    )


def _put_back(transaction: TransactWrite, order: Order) -> None:
    """What was cancelled or declined lies on the shelf already."""
    for key, pieces in order.holds if order.status == OrderStatus.SHIPPED else ():
        transaction.update(
            Stock(key),
            actions=[Stock.available.add(pieces), Stock.sold.add(-pieces)],
            condition=Stock.sold >= pieces,
        )


def _forget(transaction: TransactWrite, row: EventRow, order: Order) -> None:
    event = read_event(row.body)
    if row.type in LEDGER:
        reason = LEDGER_REASONS.get(row.type, "freed")
        for line in order.lines:
            transaction.delete(LedgerEntry(line.sku, f"{order.order_id}#{reason}"))
    if row.type in CONSUMERS["analytics"]:
        less = ((name, Sum(-it.tally, -it.cents)) for name, it in figures(event))
        add_to_day(transaction, event.occurred_at.date(), spread_by=order.order_id, sums=less)
