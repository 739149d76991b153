"""The order list of the admin: filtered, newest or oldest first, a page at a time by a cursor.

No query scans the table, and a page reads a bounded number of orders and days. Those of an email
address come from its index, those of a SKU from its stock ledger (`sku_orders.py`), open ones from
their index (`open_pages.py`), all others day by day. So a page may have few orders or none, and
still a cursor that continues.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import batched, chain, islice

from app.orders.models import DISPUTED, FINAL, INDEX_SHARDS, Order, OrderStatus, shards
from app.orders.queries import OrderKey, customer_order_keys, day_reads, placing_time
from app.persistence.dynamodb import read_in_parallel

PAGE_SIZE = 25
MAX_EXAMINED = 35  # orders that a page of a status reads, of which most may have another one
MAX_BATCH = 100  # orders that are read at once
MAX_DAYS = 30  # that a page reads: four Queries each, one for each index shard
DAYS_AT_ONCE = 2  # that are read in parallel after the first one
DEFAULT_DAYS = 90  # of a list without a first day
CURSOR = re.compile(
    r"(2[0-9]{3}-[0-9]{2}-[0-9]{2})(T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6})?\.([0-9A-Z]{0,26})"
)
OPEN, ATTENTION = "open", "attention"  # besides the codes of ``OrderStatus``
IN_OPEN_INDEX = frozenset({OPEN, ATTENTION, *OrderStatus}) - FINAL
_CONDITIONS = {OPEN: ~Order.status.is_in(*FINAL), ATTENTION: Order.issue.exists()}

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
    def is_in_ledger(self) -> bool:
        """Whether the orders are found by the stock ledger of the SKU."""
        return bool(self.sku) and not self.email and self.status not in IN_OPEN_INDEX

    def _has_status(self, order: Order) -> bool:
        if self.status == OPEN:
            return not order.finished
        if self.status == ATTENTION:
            return order.issue is not None
        return self.status in ("", order.status)


@dataclass(frozen=True)
class OrderPage:
    """The orders of a page. ``cursor`` is empty at the end; otherwise more may follow.

    ``is_by_deadline`` if more orders are open than a page can sort: those that are checked next
    come first.
    """

    orders: tuple[Order, ...]
    cursor: str
    is_by_deadline: bool = False


def day_of(order: Order | OrderKey) -> date:
    """The day in the order's number, in the shop's time zone."""
    return date.fromisoformat(order.number.split("-")[1])


def list_orders(chosen: OrderFilter, cursor: str = "") -> OrderPage:
    """One page. Keyset pagination: orders that are added meanwhile neither repeat nor hide others.

    https://use-the-index-luke.com/no-offset. Raises ``ValueError`` if the cursor is not ours.
    """
    if chosen.email:
        return _customer_page(chosen, cursor)
    if chosen.is_in_ledger:
        from app.orders.sku_orders import list_sku_orders  # noqa: PLC0415 (late: few requests)

        return list_sku_orders(chosen, cursor)
    if chosen.status in IN_OPEN_INDEX:
        return _open_page(chosen, cursor)
    return _page_of_days(chosen, cursor)


def list_customer_orders(email: str, cursor: str = "", *, size: int = 0) -> OrderPage:
    """A page of a customer's own orders, newest first; of the usual size without ``size``.

    Raises ``ValueError`` as ``list_orders``.
    """
    return _customer_page(OrderFilter(date.min, date.max, email=email), cursor, size)


def _open_page(chosen: OrderFilter, cursor: str) -> OrderPage:
    """All open orders that match, sorted, if a page can read them; otherwise by their deadline."""
    from app.orders.open_pages import list_open_orders  # noqa: PLC0415 (late: few requests)

    page = list_open_orders(_CONDITIONS.get(chosen.status, Order.status == chosen.status), cursor)
    orders = filter(chosen.matches, page.orders)
    if page.cursor or cursor:
        return OrderPage(tuple(orders), page.cursor, is_by_deadline=True)
    return OrderPage(tuple(_sorted(orders, chosen, None)), "")


def _page_of_days(chosen: OrderFilter, cursor: str) -> OrderPage:
    """It reads as many orders as a page may have, or more for a status, by one BatchGet."""
    size = MAX_EXAMINED if chosen.status else PAGE_SIZE
    keys: list[OrderKey] = []
    next_place = None
    for of_day in _by_day(chosen, _read_cursor(cursor)):
        if not isinstance(of_day, list):  # the first day of the next page
            next_place = (of_day, "")
            break
        keys += of_day
        if keys[size:]:
            next_place = _place_of(keys[size - 1])
            break
    found = [*filter(chosen.matches, _read_batch(keys[:size]))]
    if found[PAGE_SIZE:]:
        next_place = _place_of(found[PAGE_SIZE - 1])
    return OrderPage(tuple(found[:PAGE_SIZE]), _write_cursor(next_place) if next_place else "")


def _place_of(order: Order | OrderKey) -> Place:
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
    return filter(chosen.matches, _all_in_range(chosen))


def _all_in_range(chosen: OrderFilter) -> Iterator[Order]:
    if chosen.email:
        keys = customer_order_keys(chosen.email, oldest_first=chosen.oldest_first)
        return chain.from_iterable(_read(keys))
    if chosen.is_in_ledger:
        from app.orders.sku_orders import all_sku_orders  # noqa: PLC0415 (late: few requests)

        return all_sku_orders(chosen)
    if chosen.status in IN_OPEN_INDEX:
        return iter(_sorted(open_orders_to_the_end(), chosen, None))
    return _all_days(chosen)


def _all_days(chosen: OrderFilter) -> Iterator[Order]:
    place: Place | None = None
    while True:
        next_place = None
        for keys in _by_day(chosen, place):
            if isinstance(keys, list):
                yield from chain.from_iterable(_read(keys))
            else:
                next_place = (keys, "")
        if next_place is None:
            return
        place = next_place


def read_orders(order_ids: Sequence[str], *, consistent: bool = True) -> list[Order]:
    """The orders with these ids, in this order; unknown ids are left out."""
    keys = [(order_id, "order") for order_id in order_ids]
    by_id = {it.order_id: it for it in Order.batch_get(keys, consistent_read=consistent)}
    return [by_id[order_id] for order_id in order_ids if order_id in by_id]


def open_orders_to_the_end() -> Iterator[Order]:
    """All open orders and closed ones with a dispute, in no order, however many they are."""
    return chain.from_iterable(Order.open.query(it) for it in (*shards("open"), DISPUTED))


def _by_day(chosen: OrderFilter, place: Place | None) -> Iterator[list[OrderKey] | date]:
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


def _sorted[T: (Order, OrderKey)](
    orders: Iterable[T], chosen: OrderFilter, place: Place | None
) -> list[T]:
    """By order id, which begins with the time at which the checkout was opened."""
    ordered = sorted(orders, key=lambda it: it.order_id, reverse=not chosen.oldest_first)
    after = place[1] if place else ""
    if not after:
        return ordered
    if chosen.oldest_first:
        return [it for it in ordered if it.order_id > after]
    return [it for it in ordered if it.order_id < after]


def _read(keys: Iterable[Order | OrderKey]) -> Iterator[list[Order]]:
    return map(_read_batch, batched(keys, MAX_BATCH))


def _read_batch(keys: Sequence[Order | OrderKey]) -> list[Order]:
    """The orders of at most ``MAX_BATCH`` keys, in the same order."""
    return read_orders([key.order_id for key in keys], consistent=False)


def _write_cursor(place: Place) -> str:
    return encode_cursor(".".join(map(str, place)))


def _write_moment(key: Order) -> str:
    return encode_cursor(f"{placing_time(key):%Y-%m-%dT%H:%M:%S.%f}.{key.order_id}")


def encode_cursor(place: str) -> str:
    """Opaque, so that a later version may name the place in another way."""
    return urlsafe_b64encode(place.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, pattern: re.Pattern[str]) -> re.Match[str]:
    """Raises ``ValueError`` if the cursor is not ours."""
    found = pattern.fullmatch(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode())
    if found is None:
        raise ValueError("not a cursor")
    return found


def _read_cursor(cursor: str) -> Place | None:
    if not cursor:
        return None
    day, _, order_id = decode_cursor(cursor, CURSOR).groups()
    return date.fromisoformat(day), order_id


def _read_moment(cursor: str) -> Moment | None:
    if not cursor:
        return None
    day, time, order_id = decode_cursor(cursor, CURSOR).groups()
    return datetime.fromisoformat(day + (time or "T00:00")).replace(tzinfo=UTC), order_id
