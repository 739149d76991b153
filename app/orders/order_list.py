"""The order list of the admin: filtered, newest or oldest first, a page at a time by a cursor.

No query scans the table. Open orders and those of an email address come from their indexes; all
others are read day by day. A page reads a bounded number of orders and days, so it may have few
or none, and still a cursor that continues.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import batched, chain

from app.orders.models import DISPUTED, FINAL, Order, OrderStatus, shards
from app.orders.queries import customer_order_keys

PAGE_SIZE = 50
MAX_EXAMINED = 500  # orders that a page reads, of which the filter may leave out most
MAX_DAYS = 30  # that a page reads: four Queries each, one for each index shard
DEFAULT_DAYS = 90  # of a list without a first day
CURSOR = re.compile(r"(2[0-9]{3}-[0-9]{2}-[0-9]{2})\.([0-9A-Z]{0,26})")
OPEN, ATTENTION = "open", "attention"  # besides the codes of ``OrderStatus``
IN_OPEN_INDEX = frozenset({OPEN, ATTENTION, *OrderStatus}) - FINAL

type Place = tuple[date, str]  # a day and an order id; "" stands for the whole day


@dataclass(frozen=True)
class OrderFilter:
    """What the list shows. ``first`` and ``last`` are days of the shop's time zone."""

    first: date
    last: date
    status: str = ""
    email: str = ""
    sku: str = ""
    oldest_first: bool = False

    def matches(self, order: Order) -> bool:
        return (
            self._has_status(order)
            and self.first <= day_of(order) <= self.last
            and (not self.sku or any(line.sku == self.sku for line in order.lines))
        )

    def _has_status(self, order: Order) -> bool:
        if self.status == OPEN:
            return not order.finished
        if self.status == ATTENTION:
            return order.issue is not None
        return self.status in ("", order.status)


@dataclass(frozen=True)
class OrderPage:
    """The orders of a page. ``cursor`` is empty at the end; otherwise more may follow."""

    orders: tuple[Order, ...]
    cursor: str


def day_of(order: Order) -> date:
    """The day in the order's number, in the shop's time zone."""
    return date.fromisoformat(order.number.split("-")[1])


def list_orders(chosen: OrderFilter, cursor: str = "") -> OrderPage:
    """One page. Keyset pagination: orders that are added meanwhile neither repeat nor hide others.

    https://use-the-index-luke.com/no-offset. Raises ``ValueError`` if the cursor is not ours.
    """
    place = _read_cursor(cursor) if cursor else None
    found: list[Order] = []
    examined = 0
    last_place = place
    for batch in _batches(chosen, place):
        if not isinstance(batch, list):  # the last day that this page reads
            return OrderPage(tuple(found), _write_cursor((batch, "")))
        for order in batch:
            if len(found) == PAGE_SIZE or examined == MAX_EXAMINED:
                return OrderPage(tuple(found), _write_cursor(last_place))
            examined += 1
            last_place = (day_of(order), order.order_id)
            found += [order] if chosen.matches(order) else []
    return OrderPage(tuple(found), "")


def all_orders(chosen: OrderFilter) -> Iterator[Order]:
    """Every order of the list, for an export. Each row is read once."""
    place: Place | None = None
    while True:
        next_place = None
        for batch in _batches(chosen, place):
            if isinstance(batch, list):
                yield from filter(chosen.matches, batch)
            else:
                next_place = (batch, "")
        if next_place is None:
            return
        place = next_place


def open_orders_to_the_end() -> Iterator[Order]:
    """All open orders and closed ones with a dispute, in no order, however many they are."""
    return chain.from_iterable(Order.open.query(it) for it in (*shards("open"), DISPUTED))


def _batches(chosen: OrderFilter, place: Place | None) -> Iterator[list[Order] | date]:
    """Orders in the order of the list, after this place; or the day at which the next page starts.

    Open orders and those of a customer are sorted in memory: as keys, except for open orders.
    """
    if chosen.email:
        yield from _read(_sorted(customer_order_keys(chosen.email), chosen, place))
    elif chosen.status in IN_OPEN_INDEX:
        yield _sorted(open_orders_to_the_end(), chosen, place)
    else:
        yield from _by_day(chosen, place)


def _by_day(chosen: OrderFilter, place: Place | None) -> Iterator[list[Order] | date]:
    start, end, step = chosen.last, chosen.first, -1
    if chosen.oldest_first:
        start, end, step = end, start, 1
    day = place[0] if place else start
    for _ in range(MAX_DAYS):
        if (end - day).days * step < 0:
            return
        keys = chain.from_iterable(Order.by_day.query(it) for it in shards(f"{day:%Y%m%d}"))
        is_begun = place is not None and place[0] == day
        yield from _read(_sorted(keys, chosen, place if is_begun else None))
        day += timedelta(days=step)
    if (end - day).days * step >= 0:
        yield day


def _sorted(orders: Iterable[Order], chosen: OrderFilter, place: Place | None) -> list[Order]:
    """By order id, which begins with the time at which the checkout was opened."""
    ordered = sorted(orders, key=lambda it: it.order_id, reverse=not chosen.oldest_first)
    after = place[1] if place else ""
    if not after:
        return ordered
    if chosen.oldest_first:
        return [it for it in ordered if it.order_id > after]
    return [it for it in ordered if it.order_id < after]


def _read(keys: Sequence[Order]) -> Iterator[list[Order]]:
    for batch in batched(keys, PAGE_SIZE):
        rows = Order.batch_get([(key.order_id, key.part) for key in batch])
        by_id = {order.order_id: order for order in rows}
        yield [by_id[key.order_id] for key in batch if key.order_id in by_id]


def _write_cursor(place: Place | None) -> str:
    """Opaque, so that a later version may name the place in another way."""
    day, order_id = place or (date.min, "")
    return urlsafe_b64encode(f"{day}.{order_id}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> Place:
    decoded = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    found = CURSOR.fullmatch(decoded)
    if found is None:
        raise ValueError("not a cursor")
    return date.fromisoformat(found[1]), found[2]
