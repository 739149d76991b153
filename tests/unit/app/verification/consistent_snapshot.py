"""Books that balance: one order shipped, one cancelled and its money back; a third on its way."""

import json
from typing import Any

from app.verification import Books, Deed, SentLetter

SHIPPED, CANCELLED, OPEN = "01SHIPPED", "01CANCELLED", "01OPEN"
SKU, PRICE, TOTAL = "VASE-TEAL", 2_000, 4_590
DAY, HOUR = "2031-06-12", "12"
LINES = [{"sku": SKU, "quantity": 2, "price": PRICE}]
WHO = "ada@potter.example"
CONSUMERS = ("email", "analytics", "inventory")

type Row = dict[str, Any]


def an_order(order_id: str, status: str, *events: str, **others: Any) -> list[Row]:
    order = {
        "order_id": order_id,
        "part": "order",
        "status": status,
        "lines": json.dumps(LINES),
        "total": TOTAL,
        "currency": "EUR",
        "events": len(events),
        "cancel_requested": False,
        "refunded": 0,
    }
    payment = {"order_id": order_id, "part": "payment", "intent_id": f"pi_{order_id}"}
    told = [row for place, type_ in enumerate(events, 1) for row in told_of(order_id, place, type_)]
    return [order | others, payment, *told]


def told_of(order_id: str, place: int, type_: str) -> list[Row]:
    """The event, and the marks of all who have handled it."""
    event_id = f"{order_id}-{place:04d}"
    body = {"type": type_, "event_id": event_id, "lines": LINES, "total": TOTAL}
    body["occurred_at"] = f"{DAY}T{HOUR}:00:00Z"
    if type_ == "order_cancelled":
        del body["total"]
        body["refunded"] = TOTAL
    row = {"order_id": order_id, "part": f"event#{place:04d}#{type_}", "type": type_}
    marks = [
        {"order_id": order_id, "part": f"seen#{who}#{event_id}", "sent": True} for who in CONSUMERS
    ]
    return [row | {"body": json.dumps(body)}, *marks]


def an_intent(order_id: str, state: str = "captured", **others: Any) -> Row:
    return {
        "entry": f"intent#pi_{order_id}",
        "order_id": order_id,
        "state": state,
        "amount": TOTAL,
        "currency": "EUR",
    } | others


def an_entry(order_id: str, reason: str, change: int) -> Row:
    return {
        "sku": SKU,
        "entry": f"{order_id}#{reason}",
        "reason": reason,
        "change": change,
        "order_id": order_id,
    }


def a_figure(name: str, tally: int, cents: int) -> Row:
    return {
        "bucket": f"{DAY[:7]}#3",
        "figure": f"{DAY[8:]}#{name}",
        "tally": tally,
        "cents": cents,
    }


def by_hour(name: str, tally: int, cents: int) -> Row:
    return a_figure(f"hour#{HOUR}#{name}", tally, cents)


def books_at_rest() -> dict[str, Any]:
    """The fields of `Books`, for a test to spoil one of them."""
    paid = ("order_placed", "order_paid")
    picture = {"entry": "picture#vase#p1", "picture_id": "p1", "slug": "vase", "state": "ready"}
    return {
        "orders": [
            *an_order(SHIPPED, "shipped", *paid, "order_shipped"),
            *an_order(CANCELLED, "cancelled", *paid, "order_cancelled", refunded=TOTAL),
        ],
        "stock": [{"sku": SKU, "available": 8, "reserved": 0, "sold": 2, "received": 10}],
        "ledger": [
            {"sku": SKU, "entry": "delivery#first", "reason": "received", "change": 10},
            an_entry(SHIPPED, "held", -2),
            an_entry(SHIPPED, "sold", 0),
            an_entry(CANCELLED, "held", -2),
            an_entry(CANCELLED, "freed", 2),
        ],
        "sales": [
            by_hour("placed", 2, 2 * TOTAL),
            by_hour("paid", 2, 2 * TOTAL),
            by_hour("cancelled", 1, TOTAL),
            a_figure("shipped", 1, TOTAL),
            a_figure(f"sku#{SKU}", 4, 4 * PRICE),
        ],
        "provider": [an_intent(SHIPPED), an_intent(CANCELLED, refund_id="re_1")],
        "carrier": [{"reference": SHIPPED, "tracking_code": "HC1"}],
        "catalog": [picture | {"version": "v1"}],
        "uploads": frozenset({"incoming/vase/p1"}),
        "media": frozenset(f"media/p1/v1/{width}.webp" for width in (240, 480, 960, 1920)),
        "letters": [
            SentLetter(f"{SHIPPED}-0001", WHO),
            SentLetter(f"{SHIPPED}-0003", WHO),
            SentLetter(f"{CANCELLED}-0003", WHO),
        ],
        "queues": {"email": [], "email-dead-letters": ["no event"]},
        "planted": [("email-dead-letters", "no event")],
        "history": [
            Deed("place", "form-1", "unknown", cart="visitor@2"),
            Deed("place", "form-1", "yes", SHIPPED, cart="visitor@2"),
            Deed("cancel", "form-2", "yes", CANCELLED),
        ],
        "prices": {SKU: frozenset({PRICE, 1_800})},
        "said": [json.dumps({"log": "charge", "order_id": SHIPPED})],
    }


def with_an_open_order(fields: dict[str, Any]) -> dict[str, Any]:
    """One more, paid, whose events nobody has handled yet."""
    rows = an_order(OPEN, "paid", "order_placed", "order_paid")
    pending = [
        row | {"pending": "pending#1"} if "type" in row else row
        for row in rows
        if not row["part"].startswith("seen#")
    ]
    stock = {"sku": SKU, "available": 6, "reserved": 2, "sold": 2, "received": 10}
    return fields | {
        "orders": [*fields["orders"], *pending],
        "stock": [stock],
        "provider": [*fields["provider"], an_intent(OPEN)],
    }


def books(fields: dict[str, Any]) -> Books:
    return Books(**fields)
