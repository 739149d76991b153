"""Responses: the data must match each "yes" and each "no" (A1 to A5, C1 and C2)."""

import json
from collections import defaultdict
from collections.abc import Iterator

from app.verification.snapshot import RecordedResponse, Row, Snapshot, Violation

CAN_BE_CANCELLED = ("placed", "reviewing", "paying", "paid")


def check_invariants(snapshot: Snapshot) -> Iterator[Violation]:
    for response in snapshot.responses:
        if response.outcome == "accepted":
            yield from _check_accepted(snapshot, response)
        elif response.outcome == "refused" and response.existed:
            yield from _check_refused(snapshot, response)
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
    elif response.action == "place" and not _is_same_request(response, order):
        message = "the order was accepted, but has another address than the customer submitted."
        yield Violation("A5", response.order_id, message)


def _check_refused(snapshot: Snapshot, response: RecordedResponse) -> Iterator[Violation]:
    """A refusal is wrong if what was requested had happened already, or was still possible."""
    order_id = response.key if response.action == "place" else response.order_id
    order = snapshot.orders_by_id.get(order_id)
    if order is None:
        return
    if response.action == "place" and _is_same_request(response, order):
        yield Violation("A4", order_id, "the answer was no, but the order is placed.")
    if response.action == "cancel" and order["status"] in CAN_BE_CANCELLED:
        message = f"cancellation was refused, but the order is only {order['status']}."
        yield Violation("C2", order_id, message)
    if response.action == "cancel" and order.get("close_reason") == "customer_request":
        yield Violation("C2", order_id, "cancellation was refused, but the order is cancelled.")


def _is_same_request(response: RecordedResponse, order: Row) -> bool:
    """Whether the order has the submitted address; True if the address is not known.

    That of an order whose personal data has been erased is not known any more.
    """
    if not response.street or order.get("erasure"):
        return True
    return bool(response.street == json.loads(order["address"])["street"])


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
