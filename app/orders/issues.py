"""Issues: what a merchant must look at because the workflow cannot finish an order alone."""

from app.orders.models import Order, OrderIssue, OrderStatus
from app.orders.transitions import (
    Transition,
    find_order,
    retry_on_conflict,
    transition_without_event,
)


@retry_on_conflict
def open_issue(order_id: str, issue: OrderIssue) -> None:
    """Attach the issue to the order; it then appears under "Needs attention" in the admin.

    Does nothing if the order is closed or has an issue already: the first one stays until the
    order's next transition removes it. Raises ``NotFound``.
    """
    order = find_order(order_id)
    if order.finished or order.issue:
        return
    opened = Transition(
        OrderStatus(order.status),
        changes=[Order.issue.set(issue)],
        condition=Order.issue.does_not_exist(),
    )
    transition_without_event(order, opened, now=issue.since)
