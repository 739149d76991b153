"""Reservations: reserve, release and commit stock, always inside the caller's transaction.

A reservation holds units for an order from checkout until it ships (commit) or closes (release).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from app.errors import Conflict
from app.inventory.models import LedgerEntry, Stock
from app.inventory.stock_shards import extra_shard_keys, is_shard_key, split, sum_shards
from app.persistence.audit_log import SYSTEM_ACTOR, record_change
from app.persistence.dynamodb import is_condition_failure, retrying_transaction

LOW_STOCK_THRESHOLD = 5
MAX_KEY_BYTES = 2_048

type ReadRows = Callable[[list[str]], Iterable[Stock]]


def reserve(
    transaction: TransactWrite, stock_key: str, quantity: int, *, expected_price: int
) -> None:
    """Reserve units, on condition that they are available, on sale, and cost the expected price."""
    transaction.update(
        Stock(stock_key),
        actions=[
            Stock.available.add(-quantity),
            Stock.reserved.add(quantity),
            Stock.ordered.set(True),
        ],
        condition=(Stock.available >= quantity)
        & (Stock.on_sale == True)  # noqa: E712 (an expression, not a comparison)
        & (Stock.price == expected_price),
        return_values="ALL_OLD",
    )


def release(transaction: TransactWrite, stock_key: str, quantity: int) -> None:
    """Make reserved units available again."""
    transaction.update(
        Stock(stock_key),
        actions=[Stock.available.add(quantity), Stock.reserved.add(-quantity)],
        condition=Stock.reserved >= quantity,
    )


def commit(transaction: TransactWrite, stock_key: str, quantity: int) -> None:
    """Count reserved units as sold."""
    transaction.update(
        Stock(stock_key),
        actions=[Stock.sold.add(quantity), Stock.reserved.add(-quantity)],
        condition=Stock.reserved >= quantity,
    )


def restock(transaction: TransactWrite, stock_key: str, quantity: int) -> None:
    """Make returned units available again, on condition that they were sold."""
    transaction.update(
        Stock(stock_key),
        actions=[Stock.available.add(quantity), Stock.sold.add(-quantity)],
        condition=Stock.sold >= quantity,
    )


def receive(
    sku: str, quantity: int, *, delivery: str, now: datetime, by: str = SYSTEM_ACTOR
) -> None:
    """Add received units, divided among the shards. Idempotent by ``delivery``.

    Raises ``Conflict`` if the same delivery was received with another quantity.
    """
    entry = LedgerEntry.of_merchant(sku, f"delivery#{delivery}", "received", now)
    entry.change, entry.by = quantity, by
    stock = read_stock_consistently([sku]).get(sku)
    allocation = split([row.sku for row in stock.shards], quantity) if stock else {sku: quantity}
    try:
        with retrying_transaction() as transaction:
            transaction.save(entry, condition=LedgerEntry.sku.does_not_exist())
            summary = f"Received {quantity} of {sku}"
            record_change(transaction, summary, path=f"/admin/stock/{sku}", by=by, now=now)
            for shard_key, units in allocation.items():
                transaction.update(
                    Stock(shard_key),
                    actions=[
                        Stock.available.add(units),
                        Stock.received.add(units),
                        Stock.low_stock_warned.set(False),
                        Stock.merchant_changes.add(int(shard_key == sku)),
                    ],
                    condition=Stock.sku.exists(),
                )
    except TransactWriteError as error:
        if not is_condition_failure(error):
            raise
        _require_same_delivery(entry, error)


def _find_in_ledger(entry: LedgerEntry) -> LedgerEntry | None:
    saved = LedgerEntry.query(entry.sku, LedgerEntry.entry == entry.entry, consistent_read=True)
    return next(iter(saved), None)


def _require_same_delivery(entry: LedgerEntry, error: TransactWriteError) -> None:
    """A repeat has no effect; another quantity under the same id was not meant as a repeat."""
    found = _find_in_ledger(entry)
    if found is None:
        raise Conflict(f"The SKU {entry.sku} does not exist.") from error
    if found.change != entry.change:
        raise Conflict(
            f"This form has already received {found.change} units of {entry.sku}. "
            "Press “Receive” again to receive these too."
        ) from error


def read_stock(skus: Iterable[str]) -> dict[str, Stock]:
    """Read the stock of several SKUs in one call; unknown SKUs are missing in the result.

    Shards are summed up, which takes a second call if there are any.
    """
    return _sum_all(_read_rows(skus, Stock.batch_get), Stock.batch_get)


def read_stock_consistently(skus: Iterable[str]) -> dict[str, Stock]:
    """Like ``read_stock``, with strongly consistent reads, for callers that are about to write."""
    read = partial(Stock.batch_get, consistent_read=True)
    return _sum_all(_read_rows(skus, read), read)


def scan_availability() -> dict[str, int]:
    """The units for sale of every SKU; 0 if it is not on sale.

    A Scan reads about twenty rows for the read units that one key takes, and a MB at a time.
    """
    units: dict[str, int] = defaultdict(int)
    for row in Stock.scan(attributes_to_get=["sku", "available", "on_sale"]):
        units[row.sku.partition("#")[0]] += int(row.available) if row.on_sale else 0
    return dict(units)


def _read_rows(skus: Iterable[str], read: ReadRows) -> list[Stock]:
    return list(read(readable_skus(skus)))


def readable_skus(skus: Iterable[str]) -> list[str]:
    """The valid SKUs, each once.

    SKUs may come from a URL, and DynamoDB rejects a whole batch for one invalid key. The key of a
    shard is not a SKU.
    """
    valid = {
        sku for sku in skus if 0 < len(sku.encode()) <= MAX_KEY_BYTES and not is_shard_key(sku)
    }
    return sorted(valid)


def _sum_all(rows: list[Stock], read: ReadRows) -> dict[str, Stock]:
    keys = [key for row in rows for key in extra_shard_keys(row)]
    extra = {row.sku: row for row in read(keys)} if keys else {}
    return {
        row.sku: sum_shards([row, *(extra[key] for key in extra_shard_keys(row) if key in extra)])
        for row in rows
    }


def update_all_shards(
    transaction: TransactWrite, skus: Sequence[str], actions: Sequence[Action]
) -> None:
    """Change attributes that all shards of a SKU share, such as the price.

    The transaction fails if a SKU does not exist or was resharded meanwhile.
    """
    stock = read_stock_consistently(skus)
    for sku in skus:
        update_shards(transaction, stock.get(sku, Stock(sku)), actions)


def update_shards(transaction: TransactWrite, stock: Stock, actions: Sequence[Action]) -> None:
    """The transaction fails if the SKU does not exist or was resharded since it was read."""
    same_shards = Stock.extra_shards == stock.extra_shards
    if not stock.extra_shards:
        same_shards |= Stock.extra_shards.does_not_exist()  # rows that were never sharded
    for row in stock.shards or (stock,):
        exists = Stock.sku.exists()
        condition = exists & same_shards if row.sku == stock.sku else exists
        transaction.update(Stock(row.sku), actions=[*actions], condition=condition)


def write_ledger(
    lines: Sequence[tuple[str, int]],
    cause: str,
    order_id: str,
    at: datetime,
    *,
    recorded_at: datetime | None = None,
) -> None:
    """Record why the stock of each SKU changed; ``change`` is that of the available units.

    ``cause`` is the reason, and a number where an order has several, such as "returned#2".
    Naturally idempotent: a repeat overwrites the same rows. A transaction would cost twice as
    much and is not needed.
    """
    for sku, change in lines:
        entry = LedgerEntry.of_order(sku, order_id, cause, at)
        entry.change, entry.recorded_at = change, recorded_at
        entry.save()


def find_low_stock(skus: Iterable[str]) -> list[Stock]:
    """The SKUs with low stock that the merchants have not been warned about."""
    return [
        stock
        for stock in read_stock(skus).values()
        if stock.available <= LOW_STOCK_THRESHOLD and not stock.low_stock_warned
    ]


def mark_low_stock_warned(transaction: TransactWrite, sku: str) -> None:
    """Mark the warning as sent. The transaction fails if it was sent before."""
    transaction.update(
        Stock(sku),
        actions=[Stock.low_stock_warned.set(True)],
        condition=Stock.low_stock_warned == False,  # noqa: E712
    )
