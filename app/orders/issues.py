"""Issues: what a merchant must look at because the workflow cannot finish an order alone."""

from msgspec.structs import replace

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

    It shows the latest reason, and since when the order has had an issue; the order's next
    transition removes it. A closed order gets none, and a repeat writes nothing. Raises
    ``NotFound``.
    """
    order = find_order(order_id)
    if order.issue:
        issue = replace(issue, since=order.issue.since)
    if order.finished or order.issue == issue:
        return
    opened = Transition(OrderStatus(order.status), changes=[Order.issue.set(issue)])
    transition_without_event(order, opened, now=issue.since)
