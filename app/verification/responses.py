"""Responses: accepted orders exist, accepted cancellations do not ship (A1 to A3, C1)."""

from collections import defaultdict
from collections.abc import Iterator

from app.verification.snapshot import RecordedResponse, Snapshot, Violation


def check_invariants(snapshot: Snapshot) -> Iterator[Violation]:
    for response in snapshot.responses:
        if response.outcome == "accepted":
            yield from _check_accepted(snapshot, response)
    for order_id, order in snapshot.orders_by_id.items():
        if order.get("cancel_requested") and order["status"] in ("shipping", "shipped"):
            message = f"cancellation is requested, but the order is {order['status']}."
            yield Violation("C1", order_id, message)
    yield from _check_one_order_each(snapshot)


def _check_accepted(snapshot: Snapshot, response: RecordedResponse) -> Iterator[Violation]:
    order = snapshot.orders_by_id.get(response.order_id)
    if order is None:
        message = f"{response.action} was accepted, but there is no such order."
        yield Violation("A1", response.order_id, message)
    elif response.action == "cancel" and order["status"] in ("shipping", "shipped"):
        message = f"cancellation was accepted, but the order is {order['status']}."
        yield Violation("C1", response.order_id, message)


def _check_one_order_each(snapshot: Snapshot) -> Iterator[Violation]:
    """One form, and one version of a cart, becomes at most one order."""
    orders: dict[tuple[str, str], set[str]] = defaultdict(set)
    for response in snapshot.responses:
        if response.action == "place" and response.order_id in snapshot.orders_by_id:
            orders["A2", response.key].add(response.order_id)
            if response.cart:
                orders["A3", response.cart].add(response.order_id)
    for (rule, key), order_ids in orders.items():
        if len(order_ids) > 1:
            message = f"became {len(order_ids)} orders: {sorted(order_ids)}."
            yield Violation(rule, key, message)
