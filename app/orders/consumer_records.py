"""Which consumers have handled an order's events: each one's effect is the record of it.

Analytics writes a fact for an event, inventory an entry of the stock ledger for each SKU. Emails
have their own rows in the order's partition.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from app.analytics.facts import fact_key
from app.analytics.models import SalesRow
from app.inventory.models import LedgerEntry
from app.orders.events import OrderEvent, readable_events
from app.orders.queries import OrderDetails
from app.orders.stock_changes import stock_changes
from app.persistence.idempotency import ProcessedEvent

type LedgerKey = tuple[str, str]  # SKU and entry

# What the page needs, and the web function may read by its role: no figures.
FACT_ATTRIBUTES = ("period", "entry", "recorded_at")
LEDGER_ATTRIBUTES = ("sku", "entry", "recorded_at")


class ConsumerRecord(NamedTuple):
    """``at`` is when the effect was written; older rows do not say it."""

    consumer: str
    event_id: str
    at: datetime | None


def consumer_records(details: OrderDetails) -> list[ConsumerRecord]:
    """Each event that analytics or inventory has handled, by two eventually consistent reads.

    Earlier versions wrote a ``ProcessedEvent`` for it as well, whose time counts.
    """
    marked = {(it.consumer, it.event_id): it for it in map(_of_marker, _markers(details))}
    events = list(readable_events(row.body for row in details.events))
    records = [*_counted(events), *_in_ledger(events)]
    return [*marked.values(), *(it for it in records if (it.consumer, it.event_id) not in marked)]


def ledger_keys(event: OrderEvent) -> set[LedgerKey]:
    """The keys of all entries that the stock ledger has of an event."""
    changes = stock_changes(event)
    if changes is None:
        return set()
    return {
        (sku, LedgerEntry.of_order(sku, event.order_id, changes.cause, event.occurred_at).entry)
        for sku, _ in changes.units
    }


def _markers(details: OrderDetails) -> Iterator[ProcessedEvent]:
    return (row for row in details.processed if isinstance(row, ProcessedEvent))


def _of_marker(row: ProcessedEvent) -> ConsumerRecord:
    _, consumer, event_id = row.part.split("#")
    return ConsumerRecord(consumer, event_id, row.at)


def _counted(events: Sequence[OrderEvent]) -> Iterator[ConsumerRecord]:
    keys = [fact_key(it.event_id, it.occurred_at) for it in events]
    for fact in SalesRow.batch_get(keys, attributes_to_get=[*FACT_ATTRIBUTES]):
        yield ConsumerRecord("analytics", fact.entry, fact.recorded_at)


def _in_ledger(events: Sequence[OrderEvent]) -> Iterator[ConsumerRecord]:
    """An event is handled once the ledger has an entry for each of its SKUs."""
    keys = {event.event_id: ledger_keys(event) for event in events}
    wanted = sorted(set().union(*keys.values()))
    found: dict[LedgerKey, datetime | None] = {
        (row.sku, row.entry): row.recorded_at
        for row in LedgerEntry.batch_get(wanted, attributes_to_get=[*LEDGER_ATTRIBUTES])
    }
    for event_id, of_event in keys.items():
        if of_event and of_event <= found.keys():
            times = [at for key in of_event if (at := found[key])]
            yield ConsumerRecord("inventory", event_id, max(times, default=None))
