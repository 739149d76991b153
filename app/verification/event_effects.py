"""Events: each is appended once, published, and processed once by each consumer (E1 to E4)."""

from collections import Counter
from collections.abc import Iterator

from app.verification.snapshot import Row, Snapshot, Violation, body_of, event_id_of, ledger_time

FINAL_EVENTS = {
    "shipped": "order_shipped",
    "declined": "order_declined",
    "cancelled": "order_cancelled",
}
LEDGER = {"order_placed", "return_refunded", *FINAL_EVENTS.values()}
RETURN_EVENTS = {"return_requested", "return_approved", "return_refused", "return_refunded"}
CONSUMERS = {
    "analytics": {"order_placed", "order_paid", "return_refunded", *FINAL_EVENTS.values()},
    "inventory": LEDGER,
    "email": {
        *("order_placed", "order_review_requested", "stock_low"),
        *FINAL_EVENTS.values(),
        *RETURN_EVENTS,
    },
}


def check_invariants(snapshot: Snapshot) -> Iterator[Violation]:
    for order_id, order in snapshot.orders_by_id.items():
        yield from _check_events(snapshot, order_id, order)
    yield from _check_no_orphans(snapshot)
    yield from _check_emails_once(snapshot)


def check_order_at_rest(snapshot: Snapshot, order_id: str) -> Iterator[Violation]:
    """Each event of the order is published and has the effects of all its consumers."""
    rows = [row for row in snapshot.rows_by_order[order_id] if row["part"].startswith("event#")]
    for row in rows:
        if row.get("unpublished"):
            yield Violation("E2", order_id, f"{row['type']} was never published.")
        for consumer, types in CONSUMERS.items():
            if row["type"] in types and consumer not in snapshot.waiting:
                yield from _check_effect(snapshot, consumer, row)


def _check_effect(snapshot: Snapshot, consumer: str, row: Row) -> Iterator[Violation]:
    event_id = event_id_of(row)
    is_processed = {
        "analytics": event_id in snapshot.counted_events,
        "email": _is_emailed(snapshot, row["order_id"], event_id),
    }
    if not is_processed.get(consumer, True):
        yield Violation("E3", row["order_id"], f"{consumer} never processed {row['type']}.")
    if consumer == "inventory":
        yield from _check_ledger(snapshot, row)
    if consumer == "email":
        yield from _check_email_sent(snapshot, event_id, row)


def _is_emailed(snapshot: Snapshot, order_id: str, event_id: str) -> bool:
    """Emails have one row for each recipient: all of them must be done.

    An erased order has no customer to write to, so there may be no row.
    """
    rows = _email_rows(snapshot, order_id, event_id)
    is_erased = snapshot.orders_by_id[order_id].get("erasure")
    return bool(rows or is_erased) and all(row.get("sent") or row.get("skipped") for row in rows)


def _email_rows(snapshot: Snapshot, order_id: str, event_id: str) -> list[Row]:
    rows = snapshot.rows_by_order[order_id]
    return [row for row in rows if row["part"].startswith(f"email#{event_id}#")]


def _check_events(snapshot: Snapshot, order_id: str, order: Row) -> Iterator[Violation]:
    """One ``order_placed``, the final event that fits the status, and no gap in the numbers."""
    rows = [row for row in snapshot.rows_by_order[order_id] if row["part"].startswith("event#")]
    for row in rows:
        if not body_of(row):
            yield Violation("E1", order_id, f"the event {row['type']} is not JSON.")
    count = Counter(row["type"] for row in rows)
    if count["order_placed"] != 1:
        yield Violation("E1", order_id, f"there are {count['order_placed']} order_placed events.")
    final = [type_ for type_ in FINAL_EVENTS.values() for _ in range(count[type_])]
    expected = [FINAL_EVENTS[order["status"]]] if order["status"] in FINAL_EVENTS else []
    if final != expected:
        message = f"the order is {order['status']}, its final events are {final or 'missing'}."
        yield Violation("E1", order_id, message)
    numbers = sorted(row["part"].split("#")[1] for row in rows if row["type"] != "stock_low")
    if numbers != [f"{number:04d}" for number in range(1, order.get("event_count", 0) + 1)]:
        message = f"events expected: {order.get('event_count', 0)}, found: {numbers}."
        yield Violation("E1", order_id, message)


def _check_no_orphans(snapshot: Snapshot) -> Iterator[Violation]:
    """Every row belongs to an order, and every effect to an event."""
    for row in snapshot.orders:
        yield from _check_row_belongs(snapshot, row)
    for order_id in [*snapshot.intents_by_order, *(row["reference"] for row in snapshot.carrier)]:
        if snapshot.has_all_orders and order_id not in snapshot.orders_by_id:
            yield Violation("E4", order_id, "known to the provider or carrier, but not an order.")
    for entry in snapshot.ledger:
        known = snapshot.has_all_orders or entry.get("order_id") in snapshot.orders_by_id
        if known and entry.get("order_id") and not _has_event(snapshot, entry):
            message = f"the ledger has {entry['entry']} without an event."
            yield Violation("E4", entry["order_id"], message)
    yield from _check_facts_belong(snapshot)


def _check_facts_belong(snapshot: Snapshot) -> Iterator[Violation]:
    for event_id in snapshot.counted_events - snapshot.events.keys():
        order_id = event_id.partition("-")[0]
        if snapshot.has_all_orders or order_id in snapshot.orders_by_id:
            yield Violation("E4", order_id, f"{event_id} was counted, but there is no such event.")


def _check_row_belongs(snapshot: Snapshot, row: Row) -> Iterator[Violation]:
    order_id, part = row["order_id"], row["part"]
    if order_id not in snapshot.orders_by_id:
        yield Violation("E4", order_id, f"{part} belongs to no order.")
    kind, *rest = part.split("#")
    event_id = rest[1] if kind == "processed" else rest[0] if kind == "email" else None
    if event_id is not None and event_id not in snapshot.events:
        yield Violation("E4", order_id, f"{part}: there is no such event.")


def _has_event(snapshot: Snapshot, entry: Row) -> bool:
    types = {
        "reserved": {"order_placed"},
        "sold": {"order_shipped"},
        "returned": {"return_refunded"},
    }
    expected = types.get(entry["reason"], {"order_cancelled", "order_declined"})
    rows = snapshot.rows_by_order.get(entry["order_id"], ())
    return any(row["part"].startswith("event#") and row["type"] in expected for row in rows)


def _check_emails_once(snapshot: Snapshot) -> Iterator[Violation]:
    for email, count in Counter(snapshot.emails or ()).items():
        event = snapshot.events.get(email.event_id)
        if event is None:
            yield Violation("E4", email.event_id, "an email was sent without an event.")
        elif count > 1 and email.event_id not in snapshot.may_duplicate:
            message = f"{count} emails about {event['type']} to one address."
            yield Violation("E3", event["order_id"], message)


def _check_email_sent(snapshot: Snapshot, event_id: str, row: Row) -> Iterator[Violation]:
    """What the worker recorded for each recipient is true, and was allowed."""
    rows = _email_rows(snapshot, row["order_id"], event_id)
    recorded = sum(bool(it.get("sent")) for it in rows)
    sent = {it for it in snapshot.emails or () if it.event_id == event_id}
    if snapshot.emails is not None and len(sent) < recorded:
        message = f"{recorded} emails about {row['type']} are recorded, {len(sent)} were sent."
        yield Violation("E3", row["order_id"], message)
    order = snapshot.orders_by_id[row["order_id"]]
    if any(it.get("skipped") == "outdated" for it in rows) and not _may_be_outdated(row, order):
        message = f"the email about {row['type']} was skipped, but it was still true."
        yield Violation("E3", row["order_id"], message)
    if any(it.get("skipped") == "limited" for it in rows) and not _may_be_limited(row, order):
        message = f"the email about {row['type']} was limited, but nothing limits it."
        yield Violation("E3", row["order_id"], message)


def _may_be_outdated(event: Row, order: Row) -> bool:
    """Only what comes to an end becomes untrue: an open order, a review, low stock."""
    if event["type"] == "order_placed":
        confirmable = order["status"] in ("placed", "reviewing", "paying", "paid", "shipping")
        return bool(order.get("cancel_requested")) or not confirmable
    return event["type"] in (
        *("order_review_requested", "stock_low"),
        *("return_requested", "return_approved"),  # the return goes on
    )


def _may_be_limited(event: Row, order: Row) -> bool:
    """Only emails about unpaid orders, and only to an address that is not verified.

    The bank returns the charge of a disputed order, so that one was paid.
    """
    body = body_of(event)
    is_unpaid = event["type"] in ("order_placed", "order_declined", "order_cancelled")
    was_charged = body.get("refunded") or body.get("reason") == "payment_disputed"
    return is_unpaid and not was_charged and not order.get("email_verified")


def _check_ledger(snapshot: Snapshot, row: Row) -> Iterator[Violation]:
    reason = {"order_placed": "reserved", "order_shipped": "sold"}.get(row["type"], "released")
    if row["type"] == "return_refunded":
        reason = f"returned#{body_of(row)['return_number']}"
    body = body_of(row)
    for line in body.get("lines", ()):
        entry = f"{ledger_time(body)}#{row['order_id']}#{reason}"
        if (line["sku"], entry) not in snapshot.ledger_entries:
            message = f"the ledger has no entry {reason!r} of {line['sku']}."
            yield Violation("E3", row["order_id"], message)
