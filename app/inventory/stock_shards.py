"""A sku in several drawers: rows of stock of their own, so that a crowd does not wait at one.

Each drawer is a row like any other, with its own counters, price and `on_sale`; the sku's own row
is the first of them and says how many more there are. A piece never moves while it is held: an
order remembers from which drawer it took, and gives it back there.
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

MAX_SHARDS = 16

type Allocation = Mapping[str, int]  # quantity by the shard's key


class StockLevel(Protocol):
    """What the choice of a shard depends on; also kept by ``tests/simulation/models/hot_stock.py``."""

    @property
    def sku(self) -> str: ...
    @property
    def available(self) -> int: ...


type WeightedDraw = Callable[[Sequence[StockLevel], Sequence[int]], Sequence[StockLevel]]


def shard_key(sku: str, number: int) -> str:
    """Its key. No sku of ours has this sign, and the sku's own row is the first drawer."""
    return f"{sku}#{number}" if number else sku


def is_shard_key(key: str) -> bool:
    return "#" in key


def extra_shard_keys(row: Stock) -> list[str]:
    """The keys of those beside the sku's own row."""
    return [shard_key(row.sku, number) for number in range(1, row.extra_shards + 1)]


def sum_shards(rows: Sequence[Stock]) -> Stock:
    """All drawers of a sku as one, to be shown and reckoned with, never saved."""
    first = rows[0]
    whole = Stock(first.sku, price=first.price, on_sale=first.on_sale, low_stock_warned=first.low_stock_warned)
    whole.extra_shards, whole.shards = first.extra_shards, tuple(rows)
    for name in ("available", "reserved", "sold", "received"):
        setattr(whole, name, sum(getattr(row, name) for row in rows))
    return whole


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
    taken: dict[str, int] = {}
    for row in sorted(filled, key=lambda row: -row.available):
        taken[row.sku] = min(row.available, quantity - sum(taken.values()))
        if sum(taken.values()) == quantity:
            return taken
    raise Conflict("So many pieces are not there any more. Nothing was changed.")


def split(keys: Sequence[str], pieces: int) -> Allocation:
    """As many for each drawer, and one more for the first ones."""
    each, more = divmod(pieces, len(keys))
    found = {key: each + (place < more) for place, key in enumerate(keys)}
    return {key: share for key, share in found.items() if share}


def reshard(rows: Sequence[Stock], drawers: int, *, by: str, now: datetime) -> None:
    """Let a sku have so many more drawers, and divide what is available; 0 gathers it in one.

    ``rows`` are all it has, as just read: raises ``Conflict`` when somebody was faster. Drawers
    that were there stay, since orders may still give back to them; what lies there is still sold.
    """
    first, wanted = rows[0], max(drawers, rows[0].extra_shards)
    there = {row.sku: row for row in rows}
    keys = [shard_key(first.sku, number) for number in range(wanted + 1)]
    there_is = sum(row.available for row in rows)
    goal = {**dict.fromkeys(keys, 0), **split(keys[: drawers + 1], there_is)}
    try:
        with retrying_transaction() as transaction:
            record_change(
                transaction,
                f"Divided {first.sku} into {drawers + 1} drawers",
                path=f"/admin/stock/{first.sku}",
                by=by,
                now=now,
            )
            for key in keys:
                row = there.get(key)
                if row is None:
                    fresh = Stock(key, price=first.price, on_sale=first.on_sale)
                    fresh.available = fresh.received = goal[key]
                    transaction.save(fresh, condition=Stock.sku.does_not_exist())
                    continue
                more = goal[key] - row.available
                transaction.update(
                    row,
                    actions=[
                        Stock.available.add(more),
                        Stock.received.add(more),
                        Stock.extra_shards.set(wanted if key == first.sku else 0),
                    ],
                    condition=_as_read(row),
                )
    except TransactWriteError as error:
        if not is_condition_failure(error):
            raise
        raise Conflict("Somebody bought while the drawers were filled. Try again.") from error


def _as_read(row: Stock) -> Condition:
    same: Condition = (
        (Stock.available == row.available)
        & (Stock.price == row.price)
        & (Stock.on_sale == row.on_sale)
    )
    return same
