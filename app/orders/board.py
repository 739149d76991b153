"""The merchants' board: open orders by how far they got, and what the day has closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.errors import NotFound
from app.orders.models import Order, OrderStatus
from app.orders.queries import ORDER_ID, by_number, open_orders, orders_of, placed_on
from app.orders.transitions import find_order

_S = OrderStatus
COLUMNS: dict[str, frozenset[OrderStatus]] = {
    "New": frozenset({_S.PLACED}),
    "To review": frozenset({_S.REVIEWING}),
    "Paying": frozenset({_S.PAYING}),
    "Packing": frozenset({_S.PAID}),
    "Leaving": frozenset({_S.SHIPPING, _S.REFUNDING, _S.RELEASING}),
}
PROBLEM = "Problem"


@dataclass(frozen=True)
class Column:
    """Orders that are equally far, oldest first."""

    name: str
    orders: tuple[Order, ...]


@dataclass(frozen=True)
class Board:
    """What is open now, and which orders of one day are closed, newest first."""

    day: date
    columns: tuple[Column, ...]
    closed: tuple[Order, ...]

    @property
    def count(self) -> int:
        return sum(len(column.orders) for column in self.columns)

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def board_of(day: date) -> Board:
    closed = tuple(order for order in placed_on(day) if order.finished)
    return Board(day, arranged(open_orders()), closed)


def arranged(orders: Sequence[Order]) -> tuple[Column, ...]:
    """Each order stands in one column: with the problems as long as it has a case."""
    columns = [
        Column(name, tuple(o for o in orders if o.status in statuses and not o.case))
        for name, statuses in COLUMNS.items()
    ]
    problems = tuple(o for o in orders if o.case and not o.finished)
    return (*columns, Column(PROBLEM, problems))


def looked_up(wanted: str, now: datetime) -> list[Order]:
    """Orders by readable number, by id, or by the customer's address; often none."""
    if "@" in wanted:
        return orders_of(wanted.lower())
    try:
        if ORDER_ID.fullmatch(wanted.upper()):
            return [find_order(wanted.upper())]
        return [by_number(wanted.upper(), today=now.date())]
    except NotFound:
        return []
