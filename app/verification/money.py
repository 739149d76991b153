"""Money: charged at most once, the agreed amount, refunded if no parcel was sent (M1 to M5)."""

from collections.abc import Iterator

from app.verification.snapshot import Row, Snapshot, Violation, body_of, join_ids, lines_of

SHIPPING, FREE_SHIPPING_FROM = 590, 12_000  # cents
CLOSED_WITHOUT_PARCEL = ("cancelled", "declined")


def check_invariants(snapshot: Snapshot) -> Iterator[Violation]:
    for order_id in {**snapshot.orders_by_id, **snapshot.intents_by_order}:
        yield from _check_charges(snapshot, order_id)
    for order_id, order in snapshot.orders_by_id.items():
        yield from _check_amounts(snapshot, order)
        if order["status"] == "shipped":
            yield from _check_shipped_is_paid(snapshot, order)
        if order["status"] in CLOSED_WITHOUT_PARCEL:
            yield from _check_refunded(snapshot, order_id)


def check_order_at_rest(snapshot: Snapshot, order_id: str) -> Iterator[Violation]:
    """No payment intent of a closed order is still open, and ``order_paid`` has its charge."""
    status = snapshot.orders_by_id[order_id]["status"]
    own_record = f"intent#{_intent_id(snapshot, order_id)}"
    for intent in snapshot.intents_by_order.get(order_id, ()):
        if intent["state"] == "open" and intent["record_id"] == own_record:
            message = f"the order is {status}, but its payment intent is still open."
            yield Violation("M3", order_id, message)
    # A charge that was captured after the order had been closed is refunded without being revenue.
    charges = [it for it in snapshot.charges(order_id) if status == "shipped" or _is_kept(it)]
    paid = [body_of(row).get("total") for row in snapshot.events_of(order_id, "order_paid")]
    if charges and paid != [charge["amount"] for charge in charges]:
        message = f"order_paid says {paid or 'nothing'}, charged were {charges[0]['amount']}."
        yield Violation("N1", order_id, message)


def _is_kept(charge: Row) -> bool:
    return not charge.get("refund_id")


def _intent_id(snapshot: Snapshot, order_id: str) -> str:
    rows = (row for row in snapshot.rows_by_order[order_id] if row["part"] == "payment")
    return next((row["intent_id"] for row in rows), "")


def _check_charges(snapshot: Snapshot, order_id: str) -> Iterator[Violation]:
    charges = snapshot.charges(order_id)
    if len(charges) > 1:
        message = f"charged {len(charges)} times: {join_ids(charges, 'record_id')}"
        yield Violation("M1", order_id, message)
    if unfounded := [it for it in snapshot.refunds(order_id) if it not in charges]:
        message = f"refunded but never charged: {join_ids(unfounded, 'record_id')}"
        yield Violation("M4", order_id, message)


def _check_shipped_is_paid(snapshot: Snapshot, order: Row) -> Iterator[Violation]:
    order_id = order["order_id"]
    charges, refunds = snapshot.charges(order_id), snapshot.refunds(order_id)
    refunds = [it for it in refunds if not _is_recorded_dashboard_refund(it, order)]
    if len(charges) != 1 or refunds:
        message = f"shipped with {len(charges)} charges and {len(refunds)} refunds."
        yield Violation("M2", order_id, message)


def _is_recorded_dashboard_refund(intent: Row, order: Row) -> bool:
    """Whether people refunded a shipped order at the provider, and the order says so."""
    return intent.get("refunded_by") == "dashboard" and order.get("refunded") == intent["amount"]


def _check_refunded(snapshot: Snapshot, order_id: str) -> Iterator[Violation]:
    order, charges = snapshot.orders_by_id[order_id], snapshot.charges(order_id)
    not_refunded = [charge for charge in charges if not charge.get("refund_id")]
    if not_refunded:
        message = f"the order is {order['status']}, but {not_refunded[0]['amount']} not refunded."
        yield Violation("M3", order_id, message)
    refunded = sum(charge["amount"] for charge in charges if charge.get("refund_id"))
    if order.get("refunded", 0) != refunded:
        message = f"the order says {order.get('refunded', 0)} refunded, the provider {refunded}."
        yield Violation("M3", order_id, message)


def _check_amounts(snapshot: Snapshot, order: Row) -> Iterator[Violation]:
    order_id, lines = order["order_id"], lines_of(order)
    subtotal = sum(line["price"] * line["quantity"] for line in lines)
    total = subtotal + (0 if subtotal >= FREE_SHIPPING_FROM else SHIPPING)
    if order["total"] != total:
        message = f"its total is {order['total']}, its lines and shipping sum to {total}."
        yield Violation("M5", order_id, message)
    for intent in snapshot.intents_by_order.get(order_id, ()):
        if (intent["amount"], intent["currency"]) != (total, order["currency"]):
            message = f"intent over {intent['amount']} {intent['currency']}, agreed were {total}."
            yield Violation("M5", order_id, message)
    for line in lines:
        prices = snapshot.prices
        if prices is not None and line["price"] not in prices.get(line["sku"], ()):
            yield Violation("M5", order_id, f"{line['sku']} never cost {line['price']}.")
