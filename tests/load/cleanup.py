"""Take back all that runs of load have made: orders, pieces booked in, carts and sessions.

Runs in a process of its own with the environment of the shop's web function; see `rules.py`.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct
from msgspec.json import decode, encode

from app.customers.models import VisitorPart, customer_of, visitor_key
from app.inventory.models import LedgerEntry, Stock
from app.inventory.reservations import now_on_hand
from app.inventory.stock_shards import take_from
from app.orders.models import Order
from app.payments.fake_gateway import Intent
from app.persistence.dynamodb import writing_together
from tests.load.preparation import delivery_of
from tests.load.tags import TAG, tagged
from tests.load.undo import take_back


class Cleaned(Struct, frozen=True):
    """``left`` are orders that still move: clean again when they are closed."""

    orders: list[str]
    left: int
    pieces: int
    visitors: int


def clean(visitors: Iterable[str]) -> Cleaned:
    """``visitors`` are hashes of cookies that runs have noted; the rest is known by its tag."""
    orders = [it for it in Order.scan(Order.email.startswith(TAG)) if tagged(it.email)]
    intents: dict[str, list[Intent]] = defaultdict(list)
    for intent in Intent.scan():
        intents[intent.order_id].append(intent)
    taken = [it.order_id for it in orders if take_back(it, intents[it.order_id])]
    left = len(orders) - len(taken)
    owners = {*visitors, *(customer_of(order.email) for order in orders)}
    gone = sum(map(_forget, owners))
    return Cleaned(taken, left, 0 if left else _pieces_taken_back(), gone)


def _pieces_taken_back() -> int:
    begins = f"delivery#{delivery_of('')}"
    entries = list(LedgerEntry.scan(LedgerEntry.entry.startswith(begins)))
    for entry in entries:
        rows = now_on_hand([entry.sku])[entry.sku].rows
        with writing_together() as transaction:
            transaction.delete(entry, condition=LedgerEntry.sku.exists())
            for key, pieces in take_from(rows, entry.change).items():
                transaction.update(
                    Stock(key),
                    actions=[Stock.available.add(-pieces), Stock.received.add(-pieces)],
                    condition=Stock.available >= pieces,
                )
    return sum(entry.change for entry in entries)


def _forget(owner: str) -> bool:
    rows = list(VisitorPart.query(visitor_key(owner)))
    for row in rows:
        row.delete()
    return bool(rows)


if __name__ == "__main__":
    told = decode(sys.stdin.buffer.read(), type=list[str])
    sys.stdout.buffer.write(encode(clean(told)))
