"""Delete everything that load tests created: orders, received stock, carts and sessions.

Runs as a process of its own with the environment of the web function; see infra/ops/app_process.py.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct
from msgspec.json import decode, encode

from app.customers.models import VisitorPart, customer_id, visitor_key
from app.inventory.models import LedgerEntry, Stock
from app.inventory.reservations import read_stock_consistently
from app.inventory.stock_shards import allocate
from app.orders.models import Order
from app.payments.fake_gateway import Intent
from app.persistence.dynamodb import retrying_transaction
from tests.load.preparation import delivery_id
from tests.load.tags import TAG, is_load_email
from tests.load.undo import undo_order


class CleanupResult(Struct, frozen=True):
    """The ids of the deleted orders; ``left`` counts open orders, which a later call can delete."""

    orders: list[str]
    left: int
    units: int
    visitors: int


def delete_load_data(visitors: Iterable[str]) -> CleanupResult:
    """``visitors`` are cookie hashes from the records of runs; the rest is found by its tag."""
    orders = [it for it in Order.scan(Order.email.startswith(TAG)) if is_load_email(it.email)]
    intents: dict[str, list[Intent]] = defaultdict(list)
    for intent in Intent.scan():
        intents[intent.order_id].append(intent)
    undone = [it.order_id for it in orders if undo_order(it, intents[it.order_id])]
    left = len(orders) - len(undone)
    owners = {*visitors, *(customer_id(order.email) for order in orders)}
    deleted_visitors = sum(map(_delete_visitor, owners))
    return CleanupResult(undone, left, 0 if left else _undo_deliveries(), deleted_visitors)


def _undo_deliveries() -> int:
    """Return the units that were received for load tests."""
    prefix = f"delivery#{delivery_id('')}"
    entries = list(LedgerEntry.scan(LedgerEntry.entry.startswith(prefix)))
    for entry in entries:
        rows = read_stock_consistently([entry.sku])[entry.sku].shards
        with retrying_transaction() as transaction:
            transaction.delete(entry, condition=LedgerEntry.sku.exists())
            for key, units in allocate(rows, entry.change).items():
                transaction.update(
                    Stock(key),
                    actions=[Stock.available.add(-units), Stock.received.add(-units)],
                    condition=Stock.available >= units,
                )
    return sum(entry.change for entry in entries)


def _delete_visitor(owner: str) -> bool:
    rows = list(VisitorPart.query(visitor_key(owner)))
    for row in rows:
        row.delete()
    return bool(rows)


if __name__ == "__main__":
    hashes = decode(sys.stdin.buffer.read(), type=list[str])
    sys.stdout.buffer.write(encode(delete_load_data(hashes)))
