"""Finding orders that stand still longer than they should."""

from collections.abc import Iterator
from datetime import datetime

from app.orders.models import Order, OrderStatus, Review
from app.orders.queries import due_orders
from app.orders.review import review_of


def stuck_orders(before: datetime) -> Iterator[tuple[Order, Review | None]]:
    """Open orders that should have moved by then, each with its review if it is in one."""
    for found in due_orders(before):
        waiting = found.status == OrderStatus.REVIEWING
        yield found, review_of(found.order_id) if waiting else None
