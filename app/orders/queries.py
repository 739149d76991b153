"""Reading orders: one order's whole story, a customer's orders, the open ones, one day's."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from app.errors import NotFound
from app.i18n.messages import said
from app.orders.models import EventRow, Fact, Note, Order, Review, shard_of, shards
from app.orders.transitions import find_order
from app.payments.models import Payment
from app.persistence.dynamodb import OrderPart
from app.persistence.idempotency import Seen, SentLetter

ORDER_ID = re.compile(r"^[0-9A-HJKMNP-TV-Z]{26}$")
NUMBER = re.compile(r"^HC-(\d\d)(\d\d)-[0-9A-HJKMNP-TV-Z]{5}$")
PAGE = 100


@dataclass(frozen=True)
class Story:
    """Everything an order's partition knows."""

    order: Order
    events: tuple[EventRow, ...] = ()
    facts: tuple[Fact, ...] = ()
    notes: tuple[Note, ...] = ()
    payment: Payment | None = None
    review: Review | None = None
    seen: tuple[Seen | SentLetter, ...] = ()  # which consumers have handled which event

    def told_at(self, event_type: str) -> datetime | None:
        """When this event happened, or None when it did not."""
        return next((e.occurred_at for e in self.events if e.type == event_type), None)


def story_of(order_id: str) -> Story:
    """Read an order with all that happened to it, in one round trip; raises ``NotFound``."""
    if not ORDER_ID.fullmatch(order_id):
        raise NotFound(said("We have no such order."))
    parts = list(OrderPart.query(order_id, consistent_read=True))
    order = next((p for p in parts if isinstance(p, Order)), None)
    if order is None:
        raise NotFound(said("We have no such order."))
    return Story(
        order,
        events=tuple(p for p in parts if isinstance(p, EventRow)),
        facts=tuple(p for p in parts if isinstance(p, Fact)),
        notes=tuple(p for p in parts if isinstance(p, Note)),
        payment=next((p for p in parts if isinstance(p, Payment)), None),
        review=next((p for p in parts if isinstance(p, Review)), None),
        seen=tuple(p for p in parts if isinstance(p, Seen | SentLetter)),
    )


def orders_of(email: str) -> list[Order]:
    """A customer's orders, newest first; one page of them."""
    return _newest_first(Order.by_customer.query(email, scan_index_forward=False, limit=PAGE))


def _newest_first(found: Iterable[Order]) -> list[Order]:
    """The index tells which orders there are; what has become of them stands in the table."""
    orders = Order.batch_get([(order.order_id, order.part) for order in found])
    return sorted(orders, key=lambda order: order.placed_at, reverse=True)


def open_orders() -> list[Order]:
    """Orders that are not closed, oldest first: up to a page from each shard."""
    found = (Order.open.query(shard, limit=PAGE) for shard in shards("open"))
    return sorted((o for orders in found for o in orders), key=lambda o: o.placed_at)


def due_orders(before: datetime) -> Iterable[Order]:
    """Open orders that should have moved by then."""
    for shard in shards("open"):
        yield from islice(Order.open.query(shard, Order.due_at < before), PAGE)


def placed_on(day: date) -> list[Order]:
    """A day's orders, newest first: up to a page from each shard."""
    found = (Order.by_day.query(shard, limit=PAGE) for shard in shards(f"{day:%Y-%m-%d}"))
    return _newest_first(order for orders in found for order in orders)


def by_number(number: str, *, today: date) -> Order:
    """Find an order by its readable number, which names month and day; the newest such day."""
    wanted = NUMBER.fullmatch(number)
    if not wanted:
        raise NotFound("An order number looks like HC-1123-4F7Q2.")
    month, day = int(wanted[1]), int(wanted[2])
    year = today.year if (month, day) <= (today.month, today.day) else today.year - 1
    shard = f"{year}-{month:02d}-{day:02d}#{shard_of(number)}"
    for order in Order.by_day.query(shard, Order.number == number, limit=1):
        return find_order(order.order_id)
    raise NotFound(f"We have no order {number}.")
