"""Write sharding: the stock of one SKU in several rows, so that a rush does not collide on one.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-sharding.html

A shard is a stock row with its own counters, price and ``on_sale``. The SKU's own row is the first
shard and stores how many more there are. Reserved units never move: an order records the shard
that it took each unit from, and gives it back there.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition

from app.errors import Conflict
from app.inventory.models import Stock
from app.persistence.audit_log import record_change
from app.persistence.dynamodb import is_condition_failure, retrying_transaction

MAX_EXTRA_SHARDS = 31  # for some 1,100 sales a second, see `tests/simulation/models/hot_stock.py`

type Allocation = Mapping[str, int]  # quantity by shard key


class StockLevel(Protocol):
    """What ``allocate`` needs of a row. `tests/simulation/models/hot_stock.py` has its own rows."""

    @property
    def sku(self) -> str: ...
    @property
    def available(self) -> int: ...


type WeightedDraw = Callable[[Sequence[StockLevel], Sequence[int]], Sequence[StockLevel]]


def shard_key(sku: str, number: int) -> str:
    """The key of a shard. SKUs do not contain "#"; shard 0 is the SKU's own row."""
    return f"{sku}#{number}" if number else sku


def is_shard_key(key: str) -> bool:
    return "#" in key


def extra_shard_keys(row: Stock) -> list[str]:
    """The keys of the shards besides the SKU's own row."""
    return [shard_key(row.sku, number) for number in range(1, row.extra_shards + 1)]


def sum_shards(rows: Sequence[Stock]) -> Stock:
    """Return one stock row with the sums of all shards. It is for reading and never saved."""
    first = rows[0]
    total = Stock(
        first.sku,
        price=first.price,
        on_sale=first.on_sale,
        low_stock_warned=first.low_stock_warned,
        extra_shards=first.extra_shards,
        merchant_changes=first.merchant_changes,
        first_units=first.first_units,
        created_at=first.created_at,
    )
    total.shards = tuple(rows)
    for name in ("available", "reserved", "sold", "received"):
        setattr(total, name, sum(getattr(row, name) for row in rows))
    return total


def allocate(
    rows: Iterable[StockLevel], quantity: int, *, draw: WeightedDraw = random.choices
) -> Allocation:
    """Choose the shards to take a quantity from: one shard if any has enough, else the fullest.

    The one shard is drawn at random, weighted by what is available, so that concurrent buyers
    spread over the shards. Write sharding:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-sharding.html
    Raises ``Conflict`` when all shards together have too few.
    """
    filled = [row for row in rows if row.available > 0]
    if enough := [row for row in filled if row.available >= quantity]:
        (shard,) = draw(enough, [row.available for row in enough])
        return {shard.sku: quantity}
    allocation: dict[str, int] = {}
    missing = quantity
    for row in sorted(filled, key=lambda row: -row.available):
        allocation[row.sku] = min(row.available, missing)
        missing -= allocation[row.sku]
        if not missing:
            return allocation
    raise insufficient_stock()


def insufficient_stock() -> Conflict:
    return Conflict("Not enough stock is available. Nothing was changed.")


def split(keys: Sequence[str], quantity: int) -> Allocation:
    """Divide a quantity evenly among the shards; the first ones get one unit more."""
    share, remainder = divmod(quantity, len(keys))
    shares = {key: share + (number < remainder) for number, key in enumerate(keys)}
    return {key: units for key, units in shares.items() if units}


def reshard(rows: Sequence[Stock], extra_shards: int, *, by: str, now: datetime) -> None:
    """Divide the available units among the SKU's row and ``extra_shards`` more; 0 merges them.

    ``rows`` are all shards, as just read. Raises ``Conflict`` if one has changed since. Shards
    are never deleted, because open orders may still return units to them.
    """
    first = rows[0]
    total_shards = max(extra_shards, first.extra_shards)
    existing = {row.sku: row for row in rows}
    keys = [shard_key(first.sku, number) for number in range(total_shards + 1)]
    available = sum(row.available for row in rows)
    target = {**dict.fromkeys(keys, 0), **split(keys[: extra_shards + 1], available)}
    try:
        with retrying_transaction() as transaction:
            record_change(
                transaction,
                f"Split the stock of {first.sku} into {extra_shards + 1} shards",
                path=f"/admin/stock/{first.sku}",
                by=by,
                now=now,
            )
            for key in keys:
                row = existing.get(key)
                if row is None:
                    new = Stock(key, price=first.price, on_sale=first.on_sale)
                    new.available = new.received = target[key]
                    transaction.save(new, condition=Stock.sku.does_not_exist())
                    continue
                change = target[key] - row.available
                transaction.update(
                    row,
                    actions=[
                        Stock.available.add(change),
                        Stock.received.add(change),
                        Stock.extra_shards.set(total_shards if key == first.sku else 0),
                    ],
                    condition=_is_unchanged(row),
                )
    except TransactWriteError as error:
        if not is_condition_failure(error):
            raise
        raise Conflict("The stock changed during resharding. Please try again.") from error


def _is_unchanged(row: Stock) -> Condition:
    condition: Condition = (
        (Stock.available == row.available)
        & (Stock.price == row.price)
        & (Stock.on_sale == row.on_sale)
    )
    return condition
