"""Pages of the open orders in one status, such as those that wait for a review, by a cursor.

The index of open orders is sorted by the time of the next check, so those whose deadline is next
come first. The index has no status: a page examines a bounded number of orders in
each index shard and shows those that match. So a page may have few orders or none, and still a
cursor that continues.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

from pynamodb.expressions.condition import Condition

from app.orders.models import DISPUTED, Order, shards
from app.orders.order_list import OrderPage, decode_cursor, encode_cursor
from app.persistence.dynamodb import read_in_parallel

PAGE_SIZE = 50
EXAMINED_AT_ONCE = 20  # orders of each index shard
MAX_ROUND_TRIPS = 2
SHARDS = (*shards("open"), DISPUTED)
POSITION = re.compile(r"~|:~|2[0-9-]{9}T[0-9:]{8}\.[0-9]{6}\+0000~[0-9A-Z]{26}")
CURSOR = re.compile(r"[0-9A-Z:.,+~-]{5,300}")


class Position(NamedTuple):
    """After this order of an index shard. ``time`` is its next check, as the index has it."""

    time: str
    order_id: str


START, END = Position("", ""), Position(":", "")  # before and after all times


def list_open_orders(matching: Condition, cursor: str = "") -> OrderPage:
    """One page of the orders that match: open ones, and closed ones with a disputed payment.

    Scatter-gather over the index shards. The cursor has a position in each of them, so an order
    that is added, moved or closed meanwhile hides no other. Raises ``ValueError`` if the cursor is
    not ours.
    """
    starts = _read_cursor(cursor) if cursor else [START] * len(SHARDS)
    walks = [_Walk(*it, matching) for it in zip(SHARDS, starts, strict=True)]
    orders: list[Order] = []
    for _ in range(MAX_ROUND_TRIPS):
        read_in_parallel([walk.read for walk in walks if walk.reached != END])
        orders = _first_of(walks)
        if len(orders) == PAGE_SIZE or all(walk.reached == END for walk in walks):
            break
    return OrderPage(tuple(orders), _write_cursor([walk.after(orders) for walk in walks]))


@dataclass
class _Walk:
    """Reads an index shard from a position, in the sequence of the index."""

    shard: str
    start: Position
    matching: Condition
    found: list[Order] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reached = self.start

    def read(self) -> None:
        """Examine the next orders: one page of a Query, which DynamoDB filters."""
        rows = Order.open.query(
            self.shard,
            filter_condition=self.matching,
            page_size=EXAMINED_AT_ONCE,
            last_evaluated_key=_key(self.shard, self.reached),
        )
        page = next(rows.page_iter)
        self.found += map(Order.from_raw_data, page["Items"])
        last = rows.page_iter.last_evaluated_key
        self.reached = Position(last["next_check_at"]["S"], last["order_id"]["S"]) if last else END

    def after(self, shown: Sequence[Order]) -> Position:
        """Where the next page begins: after the last order that is shown, if others are left."""
        left = len(self.found) - sum(order.open_shard == self.shard for order in shown)
        if not left:
            return self.reached
        return _position(self.found[-left - 1]) if left < len(self.found) else self.start


def _first_of(walks: Sequence[_Walk]) -> list[Order]:
    """The first orders of all walks, up to the time that all have reached.

    A later order is left to the next page: one before it may not be read yet. ``merge`` keeps the
    sequence of orders with the same time in one shard, which DynamoDB chooses.
    """
    until = min(walk.reached.time for walk in walks)
    merged = merge(*(walk.found for walk in walks), key=_time)
    return [*islice((it for it in merged if _time(it) <= until), PAGE_SIZE)]


def _time(order: Order) -> str:
    """Times that DynamoDB stores sort as texts."""
    return str(Order.next_check_at.serialize(order.next_check_at))


def _position(order: Order) -> Position:
    return Position(_time(order), order.order_id)


def _key(shard: str, position: Position) -> dict[str, dict[str, Any]] | None:
    if position == START:
        return None
    key = {"open_shard": shard, "order_id": position.order_id, "part": "order"}
    return {name: {"S": it} for name, it in {**key, "next_check_at": position.time}.items()}


def _write_cursor(positions: Sequence[Position]) -> str:
    """Empty at the end."""
    if all(position == END for position in positions):
        return ""
    return encode_cursor(",".join("~".join(it) for it in positions))


def _read_cursor(cursor: str) -> list[Position]:
    texts = decode_cursor(cursor, CURSOR)[0].split(",")
    if len(texts) != len(SHARDS) or not all(map(POSITION.fullmatch, texts)):
        raise ValueError("not a cursor")
    return [Position(*it.split("~")) for it in texts]
