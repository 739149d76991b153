"""When an open order's page asks for news: soon while something is due, seldom while nothing is.

A page that is open while its order is packed for half an hour asks some twelve times.
"""

from datetime import datetime, timedelta

from app.orders.models import Order, OrderStatus
from app.orders.queries import OrderDetails
from app.web.storefront.order_headings import confirmation_email

SOON = 2  # seconds
# The interval while the current status is younger than this: a change gets less likely.
INTERVALS = ((timedelta(minutes=1), SOON), (timedelta(minutes=10), 10))
# Nothing is due soon, but a merchant may cancel or approve the order at any time.
SELDOM = 180


def poll_interval(order: Order, now: datetime) -> int:
    """The seconds until the page asks for news."""
    if order.status == OrderStatus.PAID and not order.cancel_requested:
        return min(_seconds_until_packed(order, now), SELDOM)
    age = now - order.status_changed_at
    return next((seconds for limit, seconds in INTERVALS if age < limit), SELDOM)


def _seconds_until_packed(order: Order, now: datetime) -> int:
    """A little more than until the order leaves packing."""
    remaining = (order.packing_until - now).total_seconds() if order.packing_until else 0
    return int(max(remaining, 0)) + SOON


def revision(details: OrderDetails, now: datetime) -> str:
    """Changes with everything the page shows, so that an unchanged page is not rendered again."""
    order = details.order
    parts = (
        order.status,
        order.event_count,
        len(details.timeline_entries),
        order.cancel_requested,
        confirmation_email(details),
        poll_interval(order, now),
    )
    return "-".join(str(part) for part in parts)
