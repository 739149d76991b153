"""Reconciliation: find open orders that have been in one status for too long."""

from collections.abc import Iterator
from datetime import datetime

from app.orders.models import Order, OrderStatus, Review
from app.orders.queries import due_orders
from app.orders.review import find_review


def stuck_orders(before: datetime) -> Iterator[tuple[Order, Review | None]]:
    """Open orders that were due before this time, each with its review if it waits for one."""
    for order in due_orders(before):
        in_review = order.status == OrderStatus.REVIEWING
        yield order, find_review(order.order_id) if in_review else None
