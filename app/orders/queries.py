"""Queries: one order with its details, a customer's orders, open orders, the orders of a day."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from heapq import merge
from itertools import chain, groupby, islice
from typing import Any, NamedTuple

from app.customers.models import customer_id
from app.errors import NotFound
from app.i18n.messages import lazy_gettext
from app.orders.models import (
    DISPUTED,
    EventRow,
    Note,
    Order,
    OrderStatus,
    Review,
    TimelineEntry,
    shards,
)
from app.orders.numbers import day_shard, order_number, read_order_id, read_order_number
from app.orders.return_rows import DUE, FAILING_CHECKS, TO_DECIDE, Return
from app.payments.models import Payment, PaymentState
from app.persistence.dynamodb import OrderPart, read_in_parallel
from app.persistence.idempotency import EmailDelivery, ProcessedEvent
from app.settings import settings
from app.shop_time import shop_day, start_of_day

PAGE_SIZE = 100
MAX_ON_BOARD = 20  # open orders of each index shard that the board reads, which it polls
MAX_CLOSED = 20  # closed orders of a day that the board shows
MAX_KEYS = 300  # of a day's orders in each index shard that the board reads
# An order has these statuses only after its payment was captured.
CAPTURED_IN = frozenset(
    {OrderStatus.PAID, OrderStatus.SHIPPING, OrderStatus.REFUNDING, OrderStatus.SHIPPED}
)


class OrderKey(NamedTuple):
    """What the index of a day holds. Reading it takes a tenth of the CPU time of an ``Order``."""

    order_id: str
    number: str


@dataclass(frozen=True)
class OrderDetails:
    """All rows of an order's partition."""

    order: Order
    events: tuple[EventRow, ...] = ()
    timeline_entries: tuple[TimelineEntry, ...] = ()
    notes: tuple[Note, ...] = ()
    payment: Payment | None = None
    review: Review | None = None
    returns: tuple[Return, ...] = ()  # by their number
    # One for each event that a consumer has handled.
    processed: tuple[ProcessedEvent | EmailDelivery, ...] = ()

    @property
    def email_deliveries(self) -> tuple[EmailDelivery, ...]:
        return tuple(row for row in self.processed if isinstance(row, EmailDelivery))

    def return_numbered(self, number: int) -> Return | None:
        return next((row for row in self.returns if row.number == number), None)

    def event_time(self, event_type: str) -> datetime | None:
        """When the event occurred, or None if it has not."""
        return next((e.occurred_at for e in self.events if e.type == event_type), None)

    @property
    def payment_state(self) -> str:
        """Empty before the first charge."""
        return payment_state(self.order, self.payment) if self.payment else ""

    @property
    def review_deadline(self) -> datetime:
        """When an undecided review closes the order; an estimate until the review is requested."""
        if self.review:
            return self.review.due_at
        return self.order.placed_at + timedelta(seconds=settings().review_seconds)


def payment_state(order: Order, payment: Payment) -> str:
    """The payment's state. A capture is in the order's status; earlier code stored it here too."""
    if payment.state == PaymentState.PENDING and order.status in CAPTURED_IN:
        return PaymentState.CAPTURED
    return payment.state


def load_order_details(order_id: str) -> OrderDetails:
    """Read an order's partition with one consistent query. Raises ``NotFound``."""
    if read_order_id(order_id) != order_id:
        raise NotFound(lazy_gettext("We have no such order."))
    rows = list(OrderPart.query(order_id, consistent_read=True))
    order = next((row for row in rows if isinstance(row, Order)), None)
    if order is None:
        raise NotFound(lazy_gettext("We have no such order."))
    return OrderDetails(
        order,
        events=tuple(row for row in rows if isinstance(row, EventRow)),
        timeline_entries=tuple(row for row in rows if isinstance(row, TimelineEntry)),
        notes=tuple(row for row in rows if isinstance(row, Note)),
        payment=next((row for row in rows if isinstance(row, Payment)), None),
        review=next((row for row in rows if isinstance(row, Review)), None),
        returns=tuple(sorted((r for r in rows if isinstance(r, Return)), key=lambda r: r.number)),
        processed=tuple(row for row in rows if isinstance(row, ProcessedEvent | EmailDelivery)),
    )


def orders_of_customer(email: str) -> list[Order]:
    """A customer's newest orders, at most ``PAGE_SIZE``, newest first."""
    return _newest_first(islice(customer_order_keys(email, page_size=PAGE_SIZE), PAGE_SIZE))


def customer_order_keys(
    email: str,
    *,
    page_size: int | None = None,
    after: tuple[datetime, str] | None = None,
    oldest_first: bool = False,
) -> Iterator[Order]:
    """The keys of all orders of a customer, newest first, each once.

    These are all orders with the customer's email, also those of guests, and those that the
    customer placed with another email while signed in. One Query for each, by eventually consistent
    reads, and more only for those that need more pages. ``after`` is the place of the last order of
    the page before: its time and id.
    """
    options: dict[str, Any] = {"scan_index_forward": oldest_first, "page_size": page_size}
    by_email = Order.by_customer.query(
        email, _from(Order.placed_at, after, oldest_first=oldest_first), **options
    )
    by_account = Order.by_account.query(
        customer_id(email), _from(Order.account_at, after, oldest_first=oldest_first), **options
    )
    keys = merge(by_email, by_account, key=placing_time, reverse=not oldest_first)
    for _, placed_together in groupby(keys, key=placing_time):
        for key in sorted(placed_together, key=lambda it: it.order_id, reverse=not oldest_first):
            place = (placing_time(key), key.order_id)
            if after is None or (place > after if oldest_first else place < after):
                yield key


def _from(attribute: Any, place: tuple[datetime, str] | None, *, oldest_first: bool) -> Any:
    """The range condition of a Query that continues at this place."""
    if place is None:
        return None
    return attribute >= place[0] if oldest_first else attribute <= place[0]


def placing_time(key: Order) -> datetime:
    """An index holds only its own copy of the time."""
    return key.account_at or key.placed_at


def _newest_first(keys: Iterable[Order | OrderKey]) -> list[Order]:
    """Read the orders from the table: the index holds only their keys."""
    orders = Order.batch_get([(key.order_id, "order") for key in keys])
    return sorted(orders, key=lambda order: order.placed_at, reverse=True)


type Read[T] = Callable[[], list[T]]  # one Query, for `read_in_parallel`


def open_order_reads(limit: int) -> list[Read[Order]]:
    """Read at most ``limit`` orders of each index shard, those that are checked next first.

    The last one reads closed orders with a disputed payment, the longest dispute first.
    """
    return [partial(_open_in_shard, key, limit) for key in (*shards("open"), DISPUTED)]


def _open_in_shard(key: str, limit: int) -> list[Order]:
    return list(Order.open.query(key, limit=limit))


def returns_of(order_id: str) -> list[Return]:
    """The order's returns, by their number."""
    rows = Return.query(order_id, Return.part.startswith("return#"))
    return sorted(rows, key=lambda row: row.number)


def open_returns() -> list[Return]:
    """Returns that have not ended, those to decide first: at most ``PAGE_SIZE`` of each shard."""
    pages = read_in_parallel([partial(_open_returns_in, shard) for shard in (TO_DECIDE, DUE)])
    return [row for page in pages for row in page]


def _open_returns_in(shard: str) -> list[Return]:
    return list(Return.open.query(shard, limit=PAGE_SIZE))


def due_for_check(before: datetime) -> Iterator[Order | Return]:
    """Every open order and return whose check was due before this time, each once.

    Every index shard in turn gives its oldest and its newest, so that neither a backlog nor the
    number of rows in one shard hides the others. Pages are read as they are needed.
    """
    walks = [
        walk
        for oldest_first in (True, False)
        for walk in _due_rows(before, scan_index_forward=oldest_first, page_size=25)
    ]
    seen = set()
    while walks:
        for walk in [*walks]:
            row = next(walk, None)
            if row is None:
                walks.remove(walk)
            elif (row.order_id, row.part) not in seen:
                seen.add((row.order_id, row.part))
                yield row


def _due_rows(before: datetime, **options: Any) -> Iterator[Iterator[Order | Return]]:
    """A query of each index shard."""
    for shard in shards("open"):
        yield Order.open.query(shard, Order.next_check_at < before, **options)
    yield Return.open.query(DUE, Return.next_check_at < before, **options)


def count_open_issues() -> int:
    """The number of open orders that have an issue, and of refunds of returns that keep failing.

    It reads every open order.
    """
    failing = Return.open.count(DUE, filter_condition=Return.checks >= FAILING_CHECKS)
    return failing + sum(
        Order.open.count(shard, filter_condition=Order.issue.exists()) for shard in shards("open")
    )


@dataclass(frozen=True)
class ClosedOrders:
    """The newest closed orders of a day. ``is_cut`` if there may be others."""

    orders: tuple[Order, ...]
    is_cut: bool


def day_reads(*days: date, limit: int | None = None) -> list[Read[OrderKey]]:
    """Read the keys of the orders of each day and index shard, at most ``limit`` of each."""
    keys = [shard for day in days for shard in shards(f"{day:%Y%m%d}")]
    return [partial(_placed_in, key, limit) for key in keys]


def _placed_in(shard: str, limit: int | None) -> list[OrderKey]:
    pages = Order.by_day.query(shard, page_size=limit).page_iter
    items = chain.from_iterable(page["Items"] for page in pages)
    return [OrderKey(it["order_id"]["S"], it["number"]["S"]) for it in islice(items, limit)]


def closed_orders(pages: Sequence[Sequence[OrderKey]], opened: Container[str]) -> ClosedOrders:
    """The closed orders among these keys of a day, newest first: at most ``MAX_CLOSED``.

    ``opened`` are the ids of orders that are known to be open, which are not read again.
    """
    keys = [key for page in pages for key in page if key.order_id not in opened]
    newest = sorted(keys, reverse=True)[:MAX_CLOSED]
    orders = _newest_first(newest) if newest else []
    is_cut = len(keys) > len(newest) or any(len(page) == MAX_KEYS for page in pages)
    return ClosedOrders(tuple(order for order in orders if order.finished), is_cut)


def find_orders_by_number(text: str, *, today: date) -> list[Order]:
    """Every order that the number can mean, newest first; an empty list if there is none.

    A complete number takes one Query, one without its year one for each possible year.
    """
    numbers = read_order_number(text, today=today)
    return _newest_first(key for number in numbers for key in _keys_by_number(number))


def find_order_of_email(text: str, email: str, *, today: date) -> Order | None:
    """The key of the newest order with this number and this email, with its number.

    One Query, whether there is such an order or not, so its time shows no stranger which orders
    exist. The index has no numbers: they follow from the id and the day of the order.
    """
    numbers = tuple(read_order_number(text, today=today))
    days = [date.fromisoformat(number.split("-")[1]) for number in numbers]
    first, last = start_of_day(min(days)), start_of_day(max(days)) + timedelta(days=2)
    for key in Order.by_customer.query(
        email, Order.placed_at.between(first, last), scan_index_forward=False
    ):
        key.number = order_number(shop_day(key.placed_at), key.order_id)
        if key.number.startswith(numbers):
            return key
    return None


def _keys_by_number(number: str) -> Iterable[Order]:
    """The keys of orders whose number begins with this one."""
    return Order.by_day.query(day_shard(number), Order.number.startswith(number), limit=PAGE_SIZE)
