"""The order board of the admin: open orders in columns by status, and the closed ones of a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.errors import NotFound
from app.orders.models import Order, OrderStatus
from app.orders.queries import (
    ORDER_ID,
    find_order_by_number,
    open_orders,
    orders_of_customer,
    orders_placed_on,
)
from app.orders.transitions import find_order

_S = OrderStatus
COLUMNS: dict[str, frozenset[OrderStatus]] = {
    "New": frozenset({_S.PLACED}),
    "To review": frozenset({_S.REVIEWING}),
    "Paying": frozenset({_S.PAYING}),
    "Packing": frozenset({_S.PAID}),
    "Shipping or refunding": frozenset({_S.SHIPPING, _S.REFUNDING, _S.RELEASING}),
}
NEEDS_ATTENTION = "Needs attention"


@dataclass(frozen=True)
class Column:
    """Orders in the same phase, oldest first."""

    name: str
    orders: tuple[Order, ...]


@dataclass(frozen=True)
class Board:
    """The open orders in columns, and the closed orders of one day, newest first."""

    day: date
    columns: tuple[Column, ...]
    closed: tuple[Order, ...]

    @property
    def count(self) -> int:
        return sum(len(column.orders) for column in self.columns)

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def load_board(day: date) -> Board:
    closed = tuple(order for order in orders_placed_on(day) if order.finished)
    return Board(day, arrange_columns(open_orders()), closed)


def arrange_columns(orders: Sequence[Order]) -> tuple[Column, ...]:
    """Put each order into one column; an order with an issue is in "Needs attention"."""
    columns = [
        Column(name, tuple(o for o in orders if o.status in statuses and not o.issue))
        for name, statuses in COLUMNS.items()
    ]
    with_issue = tuple(o for o in orders if o.issue and not o.finished)
    return (*columns, Column(NEEDS_ATTENTION, with_issue))


def find_orders(search: str, now: datetime) -> list[Order]:
    """Find orders by order number, id or customer email; an empty list if there are none."""
    if "@" in search:
        return orders_of_customer(search.lower())
    try:
        if ORDER_ID.fullmatch(search.upper()):
            return [find_order(search.upper())]
        return [find_order_by_number(search.upper(), today=now.date())]
    except NotFound:
        return []
