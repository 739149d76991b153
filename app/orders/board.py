"""The order board of the admin: open orders in columns by status, and the closed ones of a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from app.customers.email_addresses import read_email_address
from app.errors import NotFound
from app.orders.models import Order, OrderStatus
from app.orders.numbers import read_order_id
from app.orders.queries import (
    MAX_KEYS,
    MAX_ON_BOARD,
    Read,
    closed_orders,
    day_reads,
    find_orders_by_number,
    open_order_reads,
    open_returns,
    orders_of_customer,
)
from app.orders.return_rows import Return, ReturnStatus
from app.orders.transitions import find_order
from app.persistence.dynamodb import read_in_parallel
from app.shop_time import shop_day

_S = OrderStatus


class ColumnKey(StrEnum):
    NEW = "new"
    TO_REVIEW = "to_review"
    PAYING = "paying"
    PACKING = "packing"
    CLOSING = "closing"
    NEEDS_ATTENTION = "needs_attention"


COLUMNS: dict[ColumnKey, frozenset[OrderStatus]] = {
    ColumnKey.NEW: frozenset({_S.PLACED}),
    ColumnKey.TO_REVIEW: frozenset({_S.REVIEWING}),
    ColumnKey.PAYING: frozenset({_S.PAYING}),
    ColumnKey.PACKING: frozenset({_S.PAID}),
    ColumnKey.CLOSING: frozenset({_S.SHIPPING, _S.REFUNDING, _S.RELEASING}),
}


@dataclass(frozen=True)
class Column:
    """Orders in the same phase, oldest first."""

    key: ColumnKey
    orders: tuple[Order, ...]


@dataclass(frozen=True)
class Board:
    """The open orders in columns, and the closed orders of one day, newest first.

    A closed order with a disputed payment needs attention, too. The board reads a bounded number
    of orders; ``has_more_open`` says that there may be others, which the order list has, so that
    the numbers of the board are not totals.
    """

    day: date
    columns: tuple[Column, ...]
    closed: tuple[Order, ...]
    returns: tuple[Return, ...] = ()
    has_more_open: bool = False
    has_more_closed: bool = False

    @property
    def returns_to_decide(self) -> int:
        return sum(it.status == ReturnStatus.REQUESTED for it in self.returns)

    @property
    def count(self) -> int:
        return sum(len(column.orders) for column in self.columns)

    def __getitem__(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)


def load_board(day: date) -> Board:
    """Three round trips: the board polls, so it reads no more than it shows."""
    reads = open_order_reads(MAX_ON_BOARD)
    at_once: list[Read[Any]] = [*reads, *day_reads(day, limit=MAX_KEYS)]
    pages = read_in_parallel(at_once)
    opened, placed = pages[: len(reads)], pages[len(reads) :]
    orders = sorted((it for page in opened for it in page), key=lambda order: order.placed_at)
    closed = closed_orders(placed, {order.order_id for order in orders if not order.finished})
    return Board(
        day,
        arrange_columns(orders),
        closed.orders,
        tuple(open_returns()),
        has_more_open=any(len(page) == MAX_ON_BOARD for page in opened),
        has_more_closed=closed.is_cut,
    )


def arrange_columns(orders: Sequence[Order]) -> tuple[Column, ...]:
    """Put each order into one column; an order with an issue is in ``NEEDS_ATTENTION``."""
    columns = [
        Column(key, tuple(o for o in orders if o.status in statuses and not o.issue))
        for key, statuses in COLUMNS.items()
    ]
    with_issue = tuple(o for o in orders if o.issue)
    return (*columns, Column(ColumnKey.NEEDS_ATTENTION, with_issue))


def find_orders(search: str, now: datetime) -> list[Order]:
    """Find orders by order number, id or customer email; an empty list if there are none."""
    if "@" in search:
        return _find_by_email(search)
    order_id = read_order_id(search)
    if not order_id:
        return find_orders_by_number(search, today=shop_day(now))
    try:
        return [find_order(order_id)]
    except NotFound:
        return []


def _find_by_email(search: str) -> list[Order]:
    try:
        return orders_of_customer(read_email_address(search))
    except ValueError:
        return []
