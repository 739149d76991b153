"""Money: charged at most once, the agreed amount, returned if no parcel was sent (M1 to M6).

What people and banks change at the provider reaches the order later, by webhook. Until then only
the rules for an order at rest are broken.
"""

import json
from collections.abc import Iterator

from app.verification.agreed_amounts import agreed_total
from app.verification.snapshot import (
    Row,
    Snapshot,
    Violation,
    body_of,
    join_ids,
    lines_of,
    refunded_of,
)

CLOSED_WITHOUT_PARCEL = ("cancelled", "declined")
AT_BANK = ("open", "lost")  # the bank has taken the money of these disputes back


def check_invariants(snapshot: Snapshot) -> Iterator[Violation]:
    for order_id in {**snapshot.orders_by_id, **snapshot.intents_by_order}:
        yield from _check_charges(snapshot, order_id)
    for order_id, order in snapshot.orders_by_id.items():
        yield from _check_amounts(snapshot, order)
        if order["status"] == "shipped":
            yield from _check_shipped_is_paid(snapshot, order)
        if order["status"] in CLOSED_WITHOUT_PARCEL:
            yield from _check_returned(snapshot, order_id)
        yield from _check_recorded_refund(snapshot, order)


def check_order_at_rest(snapshot: Snapshot, order_id: str) -> Iterator[Violation]:
    """A closed order has followed its payment, and ``order_paid`` has its charge."""
    yield from _check_follows_payment(snapshot, order_id)
    status = snapshot.orders_by_id[order_id]["status"]
    own_record = f"intent#{_intent_id(snapshot, order_id)}"
    for intent in snapshot.intents_by_order.get(order_id, ()):
        if intent["state"] == "open" and intent["record_id"] == own_record:
            message = f"the order is {status}, but its payment intent is still open."
            yield Violation("M3", order_id, message)
    # A charge that was captured after the order had been closed is returned without being revenue.
    charges = [it for it in snapshot.charges(order_id) if status == "shipped" or _is_kept(it)]
    paid = [body_of(row).get("total") for row in snapshot.events_of(order_id, "order_paid")]
    if charges and paid != [charge["amount"] for charge in charges]:
        message = f"order_paid says {paid or 'nothing'}, charged were {charges[0]['amount']}."
        yield Violation("N1", order_id, message)


def _check_follows_payment(snapshot: Snapshot, order_id: str) -> Iterator[Violation]:
    """The order has every refund and dispute, and no money without a parcel."""
    order, charges = snapshot.orders_by_id[order_id], snapshot.charges(order_id)
    if order["status"] in CLOSED_WITHOUT_PARCEL and (kept := [*filter(_is_kept, charges)]):
        message = f"the order is {order['status']}, but {kept[0]['amount']} not refunded."
        yield Violation("M3", order_id, message)
    if order.get("refunded", 0) < (refunded := _refunded(snapshot, order_id)):
        message = f"the order says {order.get('refunded', 0)} refunded, the provider {refunded}."
        yield Violation("M3", order_id, message)
    own_record = f"intent#{_intent_id(snapshot, order_id)}"
    for charge in charges:
        dispute = charge.get("dispute") or ""
        if charge["record_id"] == own_record and not _has_dispute(snapshot, order_id, dispute):
            message = f"the dispute of its payment is {dispute!r}, which the order does not show."
            yield Violation("M6", order_id, message)


def _has_dispute(snapshot: Snapshot, order_id: str, dispute: str) -> bool:
    """Whether the payment's row says so, and the order has an issue just while it is open."""
    issue = json.loads(snapshot.orders_by_id[order_id].get("issue") or "{}")
    recorded = _payment_of(snapshot, order_id).get("dispute") or ""
    is_issue = issue.get("reason") == "payment_disputed"
    return recorded == dispute and is_issue == (dispute == "open")


def _is_kept(charge: Row) -> bool:
    """Whether the shop has some of the money: neither refunded, nor taken back by the bank."""
    return refunded_of(charge) < charge["amount"] and charge.get("dispute") not in AT_BANK


def _payment_of(snapshot: Snapshot, order_id: str) -> Row:
    rows = (row for row in snapshot.rows_by_order[order_id] if row["part"] == "payment")
    return next(rows, {})


def _intent_id(snapshot: Snapshot, order_id: str) -> str:
    return str(_payment_of(snapshot, order_id).get("intent_id", ""))


def _refunded(snapshot: Snapshot, order_id: str) -> int:
    return sum(refunded_of(charge) for charge in snapshot.charges(order_id))


def _check_charges(snapshot: Snapshot, order_id: str) -> Iterator[Violation]:
    charges = snapshot.charges(order_id)
    if len(charges) > 1:
        message = f"charged {len(charges)} times: {join_ids(charges, 'record_id')}"
        yield Violation("M1", order_id, message)
    if unfounded := [it for it in snapshot.refunds(order_id) if it not in charges]:
        message = f"refunded but never charged: {join_ids(unfounded, 'record_id')}"
        yield Violation("M4", order_id, message)
    for charge in charges:
        if (refunded := refunded_of(charge)) > charge["amount"]:
            message = f"{refunded} were refunded of a charge of {charge['amount']}."
            yield Violation("M4", order_id, message)


def _check_shipped_is_paid(snapshot: Snapshot, order: Row) -> Iterator[Violation]:
    """One charge, and refunds only for returns, which ``returns.py`` checks, or by people."""
    order_id, charges = order["order_id"], snapshot.charges(order["order_id"])
    refunds = snapshot.provider_refunds(order_id)
    unfounded = [it for it in refunds if it.get("by") != "dashboard" and not it.get("reference")]
    if len(charges) != 1 or unfounded:
        message = f"shipped with {len(charges)} charges and {len(unfounded)} refunds without cause."
        yield Violation("M2", order_id, message)


def _check_returned(snapshot: Snapshot, order_id: str) -> Iterator[Violation]:
    """The money was returned before the order was closed, if it had been taken by then."""
    status, charges = snapshot.orders_by_id[order_id]["status"], snapshot.charges(order_id)
    for charge in charges:
        is_later = charge.get("captured_by") == "bank" or charge.get("dispute")
        if _is_kept(charge) and not is_later:
            message = f"the order is {status}, but {charge['amount']} not refunded."
            yield Violation("M3", order_id, message)


def _check_recorded_refund(snapshot: Snapshot, order: Row) -> Iterator[Violation]:
    """An order never says that more was refunded than the provider has refunded."""
    recorded, refunded = order.get("refunded", 0), _refunded(snapshot, order["order_id"])
    if recorded > refunded:
        message = f"the order says {recorded} refunded, the provider {refunded}."
        yield Violation("M3", order["order_id"], message)


def _check_amounts(snapshot: Snapshot, order: Row) -> Iterator[Violation]:
    order_id, lines = order["order_id"], lines_of(order)
    total = agreed_total(order)
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
