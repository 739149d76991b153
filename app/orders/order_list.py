"""The order list of the admin: filtered, newest or oldest first, a page at a time by a cursor.

No query scans the table, and a page reads a bounded number of orders and days. Those of an email
address come from its index, open ones from theirs, all others day by day. So a page may have few
orders or none, and still a cursor that continues.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import batched, chain, islice

from app.orders.models import DISPUTED, FINAL, INDEX_SHARDS, Order, OrderStatus, shards
from app.orders.queries import customer_order_keys, day_reads, open_order_reads, placing_time
from app.persistence.dynamodb import read_in_parallel

PAGE_SIZE = 25
MAX_EXAMINED = 500  # orders that a page reads, of which the filter may leave out most
MAX_BATCH = 100  # orders that are read at once
MAX_OPEN = 20  # open orders of each index shard that the list reads at once
MAX_DAYS = 30  # that a page reads: four Queries each, one for each index shard
DAYS_AT_ONCE = 2  # that are read in parallel after the first one
DEFAULT_DAYS = 90  # of a list without a first day
CURSOR = re.compile(
    r"(2[0-9]{3}-[0-9]{2}-[0-9]{2})(T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6})?\.([0-9A-Z]{0,26})"
)
OPEN, ATTENTION = "open", "attention"  # besides the codes of ``OrderStatus``
IN_OPEN_INDEX = frozenset({OPEN, ATTENTION, *OrderStatus}) - FINAL

type Place = tuple[date, str]  # a day and an order id; "" stands for the whole day
type Moment = tuple[datetime, str]  # of a customer's order: when it was placed, and its id


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

    @property
    def is_selective(self) -> bool:
        return bool(self.status or self.sku)

    def _has_status(self, order: Order) -> bool:
        if self.status == OPEN:
            return not order.finished
        if self.status == ATTENTION:
            return order.issue is not None
        return self.status in ("", order.status)


@dataclass(frozen=True)
class OrderPage:
    """The orders of a page. ``cursor`` is empty at the end; otherwise more may follow.

    ``since`` is set if the list begins with this day because of the number of open orders.
    """

    orders: tuple[Order, ...]
    cursor: str
    since: date | None = None


def day_of(order: Order) -> date:
    """The day in the order's number, in the shop's time zone."""
    return date.fromisoformat(order.number.split("-")[1])


def list_orders(chosen: OrderFilter, cursor: str = "") -> OrderPage:
    """One page. Keyset pagination: orders that are added meanwhile neither repeat nor hide others.

    https://use-the-index-luke.com/no-offset. Raises ``ValueError`` if the cursor is not ours.
    """
    if chosen.email:
        return _customer_page(chosen, cursor)
    if chosen.status not in IN_OPEN_INDEX:
        return _page_of_days(chosen, cursor)
    opened, is_cut = _open_orders_at_once()
    if not is_cut:
        return _page_of(_sorted(opened, chosen, _read_cursor(cursor)), chosen)
    since = chosen.first
    if since == date.min:
        since = chosen.last - timedelta(days=DEFAULT_DAYS - 1)
    return replace(_page_of_days(replace(chosen, first=since), cursor), since=since)


def list_customer_orders(email: str, cursor: str = "", *, size: int = 0) -> OrderPage:
    """A page of a customer's own orders, newest first; of the usual size without ``size``.

    Raises ``ValueError`` as ``list_orders``.
    """
    return _customer_page(OrderFilter(date.min, date.max, email=email), cursor, size)


def _page_of(orders: Iterable[Order], chosen: OrderFilter) -> OrderPage:
    """A page of orders that are read already."""
    found = [*islice(filter(chosen.matches, orders), PAGE_SIZE + 1)]
    page = found[:PAGE_SIZE]
    return OrderPage(tuple(page), _write_cursor(_place_of(page[-1])) if found[PAGE_SIZE:] else "")


def _page_of_days(chosen: OrderFilter, cursor: str) -> OrderPage:
    walk = _Walk(chosen, _read_cursor(cursor))
    for keys in _by_day(chosen, walk.place):
        if not isinstance(keys, list):  # the last day that this page reads
            return OrderPage(tuple(walk.found), _write_cursor((keys, "")))
        if walk.has_more_than_a_page(keys):
            return OrderPage(tuple(walk.found), _write_cursor(walk.place))
    return OrderPage(tuple(walk.found), "")


@dataclass
class _Walk:
    """Reads the orders of a page. ``place`` is that of the last order that it has examined."""

    chosen: OrderFilter
    place: Place | None
    found: list[Order] = field(default_factory=list)
    examined: int = 0

    def has_more_than_a_page(self, keys: list[Order]) -> bool:
        """Add the matching orders, until the page is full. Whether some of the keys are left.

        Without a filter, it reads no more orders than it shows.
        """
        while keys and len(self.found) < PAGE_SIZE and self.examined < MAX_EXAMINED:
            size = self._batch_size()
            batch, keys = keys[:size], keys[size:]
            self.examined += len(batch)
            room = PAGE_SIZE - len(self.found)
            matches = [*filter(self.chosen.matches, _read_batch(batch))]
            self.found += matches[:room]
            if len(matches) > room:
                self.place = _place_of(matches[room - 1])
                return True
            self.place = _place_of(batch[-1])
        return bool(keys)

    def _batch_size(self) -> int:
        size = PAGE_SIZE - len(self.found)
        if self.chosen.is_selective and self.examined:  # few of the first ones matched
            size = MAX_BATCH
        return min(size, MAX_EXAMINED - self.examined)


def _place_of(order: Order) -> Place:
    return day_of(order), order.order_id


def _customer_page(chosen: OrderFilter, cursor: str, size: int = 0) -> OrderPage:
    """It reads as many orders as a page may have: the filter may leave out some of them."""
    size = size or PAGE_SIZE
    keys = customer_order_keys(
        chosen.email,
        page_size=size + 3,  # the next one, and those placed at the same time as it
        after=_read_moment(cursor),
        oldest_first=chosen.oldest_first,
    )
    read = [*islice(keys, size + 1)]  # one more, to know whether a page follows
    page = read[:size]
    orders = chain.from_iterable(_read(page))
    next_cursor = _write_moment(page[-1]) if len(read) > size else ""
    return OrderPage(tuple(filter(chosen.matches, orders)), next_cursor)


def all_orders(chosen: OrderFilter) -> Iterator[Order]:
    """Every order of the list, for an export. Each row is read once."""
    if chosen.email:
        keys = customer_order_keys(chosen.email, oldest_first=chosen.oldest_first)
        yield from filter(chosen.matches, chain.from_iterable(_read(keys)))
    elif chosen.status in IN_OPEN_INDEX:
        yield from filter(chosen.matches, _sorted(open_orders_to_the_end(), chosen, None))
    else:
        yield from _all_days(chosen)


def _all_days(chosen: OrderFilter) -> Iterator[Order]:
    place: Place | None = None
    while True:
        next_place = None
        for keys in _by_day(chosen, place):
            if isinstance(keys, list):
                yield from filter(chosen.matches, chain.from_iterable(_read(keys)))
            else:
                next_place = (keys, "")
        if next_place is None:
            return
        place = next_place


def _open_orders_at_once() -> tuple[list[Order], bool]:
    """Open orders and closed ones with a dispute, and whether there are more than a page reads."""
    pages = read_in_parallel(open_order_reads(MAX_OPEN + 1))
    return [order for page in pages for order in page], max(map(len, pages)) > MAX_OPEN


def read_orders(order_ids: Sequence[str], *, consistent: bool = True) -> list[Order]:
    """The orders with these ids, in this order; unknown ids are left out."""
    keys = [(order_id, "order") for order_id in order_ids]
    by_id = {it.order_id: it for it in Order.batch_get(keys, consistent_read=consistent)}
    return [by_id[order_id] for order_id in order_ids if order_id in by_id]


def open_orders_to_the_end() -> Iterator[Order]:
    """All open orders and closed ones with a dispute, in no order, however many they are."""
    return chain.from_iterable(Order.open.query(it) for it in (*shards("open"), DISPUTED))


def _by_day(chosen: OrderFilter, place: Place | None) -> Iterator[list[Order] | date]:
    """The keys of each day after this place, or at last the first day of the next page."""
    start, end, step = chosen.last, chosen.first, -1
    if chosen.oldest_first:
        start, end, step = end, start, 1
    first = place[0] if place else start
    left = max((end - first).days * step + 1, 0)
    days = [first + timedelta(days=step * n) for n in range(min(left, MAX_DAYS))]
    for group in (days[:1], *batched(days[1:], DAYS_AT_ONCE)):
        pages = read_in_parallel(day_reads(*group))
        for day, of_day in zip(group, batched(pages, INDEX_SHARDS), strict=True):
            is_begun = place is not None and place[0] == day
            yield _sorted(chain.from_iterable(of_day), chosen, place if is_begun else None)
    if left > MAX_DAYS:
        yield first + timedelta(days=step * MAX_DAYS)


def _sorted(orders: Iterable[Order], chosen: OrderFilter, place: Place | None) -> list[Order]:
    """By order id, which begins with the time at which the checkout was opened."""
    ordered = sorted(orders, key=lambda it: it.order_id, reverse=not chosen.oldest_first)
    after = place[1] if place else ""
    if not after:
        return ordered
    if chosen.oldest_first:
        return [it for it in ordered if it.order_id > after]
    return [it for it in ordered if it.order_id < after]


def _read(keys: Iterable[Order]) -> Iterator[list[Order]]:
    return map(_read_batch, batched(keys, MAX_BATCH))


def _read_batch(keys: Sequence[Order]) -> list[Order]:
    """The orders of at most ``MAX_BATCH`` keys, in the same order."""
    return read_orders([key.order_id for key in keys], consistent=False)


def _write_cursor(place: Place | None) -> str:
    day, order_id = place or (date.min, "")
    return _encode(f"{day}.{order_id}")


def _write_moment(key: Order) -> str:
    return _encode(f"{placing_time(key):%Y-%m-%dT%H:%M:%S.%f}.{key.order_id}")


def _encode(place: str) -> str:
    """Opaque, so that a later version may name the place in another way."""
    return urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> Place | None:
    parts = _decode(cursor)
    return (date.fromisoformat(parts[0]), parts[2]) if parts else None


def _read_moment(cursor: str) -> Moment | None:
    parts = _decode(cursor)
    if not parts:
        return None
    day, time, order_id = parts
    return datetime.fromisoformat(day + (time or "T00:00")).replace(tzinfo=UTC), order_id


def _decode(cursor: str) -> tuple[str, str | None, str] | None:
    if not cursor:
        return None
    found = CURSOR.fullmatch(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode())
    if found is None:
        raise ValueError("not a cursor")
    return found[1], found[2], found[3]
