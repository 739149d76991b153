"""Emails to an address that is not verified: how many of them unpaid orders can cause.

Anyone may order with any address, so without a limit the shop would send a stranger's flood.
Throttling pattern: https://learn.microsoft.com/azure/architecture/patterns/throttling
"""

from datetime import datetime, timedelta

from app.orders.close_reasons import CloseReason
from app.orders.events import OrderCancelled, OrderDeclined, OrderEvent, OrderPlaced
from app.orders.models import API_OWNER, Order
from app.settings import settings

WINDOW = timedelta(days=1)


def exceeds_limit(event: OrderEvent, order: Order) -> bool:
    """Whether this email to the customer is over the limit. A repeat gets the same answer.

    The first orders of an address in 24 hours (``emails_per_address``) get their emails, a later
    one only as the first of its clock hour. Of the declined orders of the API, only the first one
    gets an email: the API client reads the result itself. An email about money that was charged,
    also if the bank returns it after a dispute, is always sent. The orders are counted in an index,
    by eventually consistent reads: an order placed some milliseconds before may be missing.
    """
    limit = settings().emails_per_address
    if not limit or order.email_verified or not _is_about_unpaid_order(event):
        return False
    earlier = _earlier_orders(order, limit)
    if order.owner == API_OWNER and isinstance(event, OrderDeclined):
        return bool(earlier)
    return len(earlier) >= limit and _clock_hour(earlier[0]) == _clock_hour(order)


def _is_about_unpaid_order(event: OrderEvent) -> bool:
    if isinstance(event, OrderCancelled):
        return not event.refunded and event.reason != CloseReason.PAYMENT_DISPUTED
    return isinstance(event, OrderPlaced | OrderDeclined)


def _earlier_orders(order: Order, limit: int) -> list[Order]:
    """The keys of the address's newest orders before this one, newest first: ``limit`` or more."""
    newest = Order.by_customer.query(
        order.email,
        Order.placed_at.between(order.placed_at - WINDOW, order.placed_at),
        scan_index_forward=False,
        limit=limit + 2,  # this order may be among them, and one of the same moment
    )
    return [it for it in newest if _position(it) < _position(order)]


def _position(order: Order) -> tuple[datetime, str]:
    return order.placed_at, order.order_id


def _clock_hour(order: Order) -> datetime:
    return order.placed_at.replace(minute=0, second=0, microsecond=0)
