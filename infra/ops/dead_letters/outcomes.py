"""The outcome of a redrive: processed, failed again, or in progress."""

from app.analytics.facts import fact_key
from app.aws.table_reader import TableReader
from app.orders.consumer_records import ledger_keys
from app.orders.events import OrderEvent, readable_events
from infra.ops.dead_letters.audit_log import Entry
from infra.ops.deployed_stack import DeployedStack

# Consumers whose effect is a row: emails, facts of the sales figures, entries of the stock ledger.
RECORDING_CONSUMERS = ("email", "analytics", "inventory")


def redrive_outcome(shop: DeployedStack, entry: Entry, dead: set[tuple[str, str]]) -> str:
    """``dead`` has queue and event id of all messages in the dead-letter queues."""
    if entry.action == "discarded":
        return "discarded"
    if (entry.queue, entry.event_id) in dead:
        return "failed again"
    if entry.queue not in RECORDING_CONSUMERS or not entry.order_id:
        return "not back in the queue"
    return "processed" if _is_processed(shop, entry) else "in progress"


def _is_processed(shop: DeployedStack, entry: Entry) -> bool:
    """Whether the consumer's rows say so; emails have one row for each recipient.

    Earlier versions of analytics and inventory wrote a ``processed#`` row as well.
    """
    tables = TableReader(shop.client("dynamodb"), shop.stack_name)
    rows = list(tables.query("orders", "order_id = :order", {":order": entry.order_id}))
    if entry.queue == "email":
        emails = [it for it in rows if it["part"].startswith(f"email#{entry.event_id}#")]
        return bool(emails) and all(it.get("sent") or "skipped" in it for it in emails)
    if any(it["part"] == f"processed#{entry.queue}#{entry.event_id}" for it in rows):
        return True
    events = readable_events(it["body"] for it in rows if it["part"].startswith("event#"))
    return any(
        _has_effect(tables, entry.queue, it) for it in events if it.event_id == entry.event_id
    )


def _has_effect(tables: TableReader, consumer: str, event: OrderEvent) -> bool:
    if consumer == "analytics":
        period, entry = fact_key(event.event_id, event.occurred_at)
        return any(tables.batch_get("sales", [{"period": period, "entry": entry}]))
    keys = [{"sku": sku, "entry": entry} for sku, entry in sorted(ledger_keys(event))]
    return len(list(tables.batch_get("stock-ledger", keys))) == len(keys)
