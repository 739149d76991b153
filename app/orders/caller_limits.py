"""Limits for callers: how many orders one network places in a while, and what it holds unpaid.

Without them one caller could reserve the whole stock and never pay. One row per network lists its
orders, so that counting an order is one conditional write (throttling pattern:
https://learn.microsoft.com/azure/architecture/patterns/throttling).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from pynamodb.attributes import TTLAttribute, UnicodeSetAttribute
from pynamodb.expressions.condition import size

from app.customers.models import VisitorPart, sha256_hex
from app.customers.rate_limits import WINDOW, minutes
from app.errors import BUSY, RateLimited, Unavailable, ValidationFailed
from app.i18n.messages import lazy_gettext, lazy_ngettext
from app.orders.models import Order, OrderStatus
from app.persistence.dynamodb import IntegerAttribute, update_if
from app.settings import settings

MAX_ATTEMPTS = 4
IN_FLIGHT = timedelta(minutes=2)  # until an order that was never placed no longer holds its units
HOLDING_UNPAID = frozenset(
    {OrderStatus.PLACED, OrderStatus.REVIEWING, OrderStatus.PAYING, OrderStatus.RELEASING}
)


class CallerOrders(VisitorPart, discriminator="caller_orders"):
    """The orders of one network that are recent, or were unpaid when their status was last read.

    ``units`` is at least the number of units that they hold unpaid.
    """

    orders = UnicodeSetAttribute(null=True)
    units = IntegerAttribute(default=0)
    expires_at = TTLAttribute()


@dataclass(frozen=True)
class CountedOrder:
    """An element of ``CallerOrders.orders``: ``ORDER_ID#UNITS#SECONDS``."""

    order_id: str
    units: int
    counted_at: datetime

    @classmethod
    def read(cls, text: str) -> Self:
        order_id, units, seconds = text.rsplit("#", 2)
        return cls(order_id, int(units), datetime.fromtimestamp(int(seconds), UTC))

    def __str__(self) -> str:
        return f"{self.order_id}#{self.units}#{int(self.counted_at.timestamp())}"


def count_order(caller: str, order_id: str, units: int, *, now: datetime) -> None:
    """Count an order of these units before it is placed.

    One conditional write, unless the row seems full: then the orders in it are read, and those that
    are paid or closed make room. If the SDK repeats the write, the order counts once, since a set
    has each element once; a later attempt to place it counts again. An empty ``caller`` is not
    limited. Raises ``RateLimited``; ``ValidationFailed`` for an order that is too large by itself;
    and what DynamoDB raises, so that an order that cannot be counted is not placed.
    """
    if not caller or not settings().orders_per_network:
        return
    if units > settings().units_per_network:
        raise _too_many_units()
    row = CallerOrders(f"caller#{sha256_hex(caller)}", "orders")
    order = CountedOrder(order_id, units, now)
    for _ in range(MAX_ATTEMPTS):
        if _add(row, order, now) or _add_after_cleanup(row, order, now):
            return
    raise Unavailable(BUSY)


def _add(row: CallerOrders, order: CountedOrder, now: datetime) -> bool:
    has_room = (
        (size(CallerOrders.orders) < settings().orders_per_network)
        & (CallerOrders.units <= settings().units_per_network - order.units)
        & ~CallerOrders.orders.contains(str(order))
    )
    actions = [
        CallerOrders.kind.set(CallerOrders),
        CallerOrders.orders.add({str(order)}),
        CallerOrders.units.add(order.units),
        CallerOrders.expires_at.set(_expiry(now)),
    ]
    return update_if(row, actions, CallerOrders.orders.does_not_exist() | has_room)


def _add_after_cleanup(row: CallerOrders, order: CountedOrder, now: datetime) -> bool:
    """Remove the orders that no longer count, and add this one. False if the row has changed."""
    row.refresh(consistent_read=True)
    listed, units_before = row.orders or set(), row.units
    if str(order) in listed:
        return True
    counted = [CountedOrder.read(it) for it in listed]
    unpaid = _unpaid(counted, now)
    remaining = [it for it in counted if it in unpaid or now - it.counted_at < WINDOW]
    units = sum(it.units for it in unpaid) + order.units
    if len(remaining) >= settings().orders_per_network or units > settings().units_per_network:
        raise _too_many_orders(_seconds_until_room(remaining, now))
    actions = [
        CallerOrders.orders.set({str(it) for it in (*remaining, order)}),
        CallerOrders.units.set(units),
        CallerOrders.expires_at.set(_expiry(now)),
    ]
    is_unchanged = (CallerOrders.orders == listed) & (CallerOrders.units == units_before)
    return update_if(row, actions, is_unchanged)


def _unpaid(counted: Sequence[CountedOrder], now: datetime) -> set[CountedOrder]:
    """Those that hold stock unpaid, or are just being placed.

    Each order once: of several attempts to place it, the one with the most units.
    """
    order_ids = {it.order_id for it in counted}
    orders = Order.batch_get([(order_id, "order") for order_id in order_ids])
    status = {order.order_id: order.status for order in orders}
    unpaid = (
        it
        for it in counted
        if status.get(it.order_id) in HOLDING_UNPAID
        or (it.order_id not in status and now - it.counted_at < IN_FLIGHT)
    )
    return set({it.order_id: it for it in sorted(unpaid, key=lambda it: it.units)}.values())


def _seconds_until_room(remaining: list[CountedOrder], now: datetime) -> int:
    """Until the oldest order leaves the window; a whole window if all have left it unpaid."""
    ends = (it.counted_at + WINDOW - now for it in remaining)
    seconds = [it.total_seconds() for it in ends if it > timedelta()]
    return int(min(seconds, default=WINDOW.total_seconds())) + 1


def _expiry(now: datetime) -> datetime:
    """Later than any order of the row can be in review."""
    return now + timedelta(days=caller_days())


def caller_days() -> int:
    """How long the orders of a network are listed."""
    return timedelta(seconds=settings().review_seconds).days + 1


def _too_many_orders(retry_after: int) -> RateLimited:
    message = lazy_ngettext(
        minutes(retry_after),
        "Too many orders from your network are new or not paid yet. Nothing was ordered. Please try"
        " again in a minute.",
        "Too many orders from your network are new or not paid yet. Nothing was ordered. Please try"
        " again in %(count)s minutes.",
    )
    return RateLimited(message, retry_after=retry_after)


def _too_many_units() -> ValidationFailed:
    return ValidationFailed(
        lazy_gettext(
            "One order can have at most %(max_units)s items. Please contact us for a larger one.",
            max_units=settings().units_per_network,
        )
    )
