"""Offers: what pages show of a SKU's stock, read without building a model of each row.

PynamoDB's models take a quarter of the instructions of a product list.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from pynamodb.constants import BATCH_GET_PAGE_LIMIT, KEYS, RESPONSES, UNPROCESSED_KEYS

from app.inventory.models import Stock
from app.inventory.reservations import readable_skus
from app.inventory.stock_shards import shard_key

type Row = dict[str, dict[str, Any]]  # as DynamoDB returns it: type and value by attribute


class Offer(NamedTuple):
    """The price of a SKU in cents, and the units for sale: 0 if it is not on sale."""

    price: int
    available: int


def read_offers(skus: Iterable[str]) -> dict[str, Offer]:
    """Read the offers of several SKUs in one call; unknown SKUs are missing in the result.

    Shards are summed up, which takes a second call if there are any.
    """
    rows = {row["sku"]["S"]: row for row in _read_rows(readable_skus(skus))}
    shards = {sku: _extra_shard_keys(sku, row) for sku, row in rows.items()}
    extra_keys = [key for keys in shards.values() for key in keys]
    extra = {row["sku"]["S"]: row for row in _read_rows(extra_keys)}
    return {
        sku: _offer([row, *(extra[key] for key in shards[sku] if key in extra)])
        for sku, row in rows.items()
    }


def _offer(shards: Sequence[Row]) -> Offer:
    is_on_sale = shards[0].get("on_sale", {}).get("BOOL", True)
    available = sum(_number(row, "available") for row in shards) if is_on_sale else 0
    return Offer(_number(shards[0], "price"), available)


def _extra_shard_keys(sku: str, row: Row) -> list[str]:
    return [shard_key(sku, number) for number in range(1, _number(row, "extra_shards") + 1)]


def _number(row: Row, name: str) -> int:
    return int(row[name]["N"]) if name in row else 0


def _read_rows(keys: Sequence[str]) -> Iterator[Row]:
    """Read rows by their keys, and those again that a call did not process."""
    table, waiting = Stock._get_connection(), [{"sku": key} for key in keys]
    while waiting:
        page, waiting = waiting[:BATCH_GET_PAGE_LIMIT], waiting[BATCH_GET_PAGE_LIMIT:]
        answer = table.batch_get_item(page)  # type: ignore[arg-type]  # its keys are no strings
        yield from answer[RESPONSES][table.table_name]
        rest = answer.get(UNPROCESSED_KEYS, {}).get(table.table_name, {})
        waiting += [{"sku": key["sku"]["S"]} for key in rest.get(KEYS, ())]
