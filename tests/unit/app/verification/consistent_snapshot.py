"""Consistent sample data: one shipped order, one cancelled and refunded; optionally an open one."""

import json
from hashlib import sha256
from typing import Any

from app.verification import RecordedResponse, SentEmail, Snapshot

SHIPPED, CANCELLED, OPEN = "01SHIPPED", "01CANCELLED", "01OPEN"
SKU, PRICE, TOTAL = "VASE-TEAL", 2_000, 4_590
DAY, HOUR, SHOP_HOUR = "2031-06-12", "12", "2031-06-12T14+0200"
LINES = [{"sku": SKU, "quantity": 2, "price": PRICE}]
SOLD = (2, 2 * PRICE)  # units and cents of an order
CUSTOMER, RECIPIENT = "ada@potter.example", "b1946ac92492d234"
CODE = "TEN"
CODE_CUSTOMER = f"customer#{sha256(f'{CODE} {CUSTOMER}'.encode()).hexdigest()}"

type Row = dict[str, Any]
type Figures = dict[str, tuple[int, int]]
type Fields = dict[str, Any]  # the fields of a ``Snapshot``, for a test to change one of them


def an_order(order_id: str, status: str, *events: str, **attributes: Any) -> list[Row]:
    order = {
        "order_id": order_id,
        "part": "order",
        "status": status,
        "lines": json.dumps(LINES),
        "address": json.dumps({"country": "DE"}),
        "total": TOTAL,
        "currency": "EUR",
        "event_count": len(events),
        "cancel_requested": False,
        "refunded": 0,
        "placed_at": f"{DAY}T{HOUR}:00:00Z",
        "status_changed_at": f"{DAY}T{HOUR}:00:00Z",
    }
    payment = {"order_id": order_id, "part": "payment", "intent_id": f"pi_{order_id}"}
    event_rows = [
        row for number, type_ in enumerate(events, 1) for row in an_event(order_id, number, type_)
    ]
    return [order | attributes, payment, *event_rows]


def an_event(order_id: str, number: int, type_: str) -> list[Row]:
    """The event's row, and the row of its email."""
    event_id = f"{order_id}-{number:04d}"
    body = {"type": type_, "event_id": event_id, "lines": LINES, "total": TOTAL}
    body["occurred_at"] = f"{DAY}T{HOUR}:00:00Z"
    if type_ == "order_cancelled":
        del body["total"]
        body["refunded"] = TOTAL
    row = {"order_id": order_id, "part": f"event#{number:04d}#{type_}", "type": type_}
    email = {"order_id": order_id, "part": f"email#{event_id}#{RECIPIENT}", "sent": True}
    return [row | {"body": json.dumps(body)}, email]


def an_intent(order_id: str, state: str = "captured", **attributes: Any) -> Row:
    return {
        "record_id": f"intent#pi_{order_id}",
        "order_id": order_id,
        "state": state,
        "amount": TOTAL,
        "currency": "EUR",
    } | attributes


def refund_of(amount: int, **others: str) -> str:
    """The refunds of an intent's row: one."""
    return json.dumps([{"id": "re_1", "amount": amount} | others])


def ledger_key(order_id: str, cause: str) -> str:
    return f"{DAY}T{HOUR}:00:00.000000+0000#{order_id}#{cause}"


def a_ledger_entry(order_id: str, reason: str, change: int) -> Row:
    return {
        "sku": SKU,
        "entry": ledger_key(order_id, reason),
        "reason": reason,
        "change": change,
        "order_id": order_id,
    }


def a_fact(event_id: str, figures: Figures) -> Row:
    """What one event adds to the figures of the hour in which everything happened."""
    period = f"{DAY}T{HOUR}#3"
    return {"period": period, "entry": event_id, "figures": json.dumps({SHOP_HOUR: figures})}


def the_sums(figures: Figures) -> Row:
    """The sums of that hour."""
    return a_fact(f"{DAY}T{HOUR}", figures) | {"period": DAY[:7]}


def with_sums(fields: Fields, figures: Figures) -> Fields:
    """Other values of some sums."""
    *facts, row = fields["sales"]
    sums = json.loads(row["figures"])[SHOP_HOUR] | figures
    return fields | {"sales": [*facts, the_sums(sums)]}


def a_stock_row(**counters: int) -> dict[str, Any]:
    """Ten units were received when the SKU was created."""
    return {"sku": SKU, "received": 10, "first_units": 10, **counters}


def settled_fields() -> Fields:
    """Two closed orders, all events processed."""
    paid = ("order_placed", "order_paid")
    image = {"item_id": "image#vase#p1", "image_id": "p1", "slug": "vase", "state": "ready"}
    image["requested_at"] = f"{DAY}T{HOUR}:00:00Z"
    both = (SHIPPED, CANCELLED)
    return {
        "orders": [
            *an_order(SHIPPED, "shipped", *paid, "order_shipped"),
            *an_order(CANCELLED, "cancelled", *paid, "order_cancelled", refunded=TOTAL),
        ],
        "stock": [a_stock_row(available=8, reserved=0, sold=2)],
        "ledger": [
            a_ledger_entry(SHIPPED, "reserved", -2),
            a_ledger_entry(SHIPPED, "sold", 0),
            a_ledger_entry(CANCELLED, "reserved", -2),
            a_ledger_entry(CANCELLED, "released", 2),
        ],
        "sales": [
            *(a_fact(f"{it}-0001", {"placed": (1, TOTAL)}) for it in both),
            *(a_fact(f"{it}-0002", {"paid": (1, TOTAL), f"sku#{SKU}": SOLD}) for it in both),
            a_fact(f"{SHIPPED}-0003", {"shipped": (1, TOTAL)}),
            a_fact(f"{CANCELLED}-0003", {"cancelled": (1, TOTAL), f"refunded-sku#{SKU}": SOLD}),
            the_sums(
                {
                    "placed": (2, 2 * TOTAL),
                    "paid": (2, 2 * TOTAL),
                    f"sku#{SKU}": (4, 4 * PRICE),
                    "shipped": (1, TOTAL),
                    "cancelled": (1, TOTAL),
                    f"refunded-sku#{SKU}": SOLD,
                }
            ),
        ],
        "provider": [an_intent(SHIPPED), an_intent(CANCELLED, refunds=refund_of(TOTAL))],
        "carrier": [{"reference": SHIPPED, "tracking_code": "HC1"}],
        "catalog": [image | {"version": "v1"}],
        "uploads": frozenset({"images/vase/p1"}),
        "media": frozenset(f"media/p1/v1/{width}.webp" for width in (240, 480, 960, 1920)),
        "emails": [
            SentEmail(f"{SHIPPED}-0001", CUSTOMER),
            SentEmail(f"{SHIPPED}-0003", CUSTOMER),
            SentEmail(f"{CANCELLED}-0001", CUSTOMER),
            SentEmail(f"{CANCELLED}-0003", CUSTOMER),
        ],
        "queues": {"email": [], "email-dead-letters": ["no event"]},
        "poison_messages": [("email-dead-letters", "no event")],
        "responses": [
            RecordedResponse("place", "form-1", "unknown", cart="visitor@2"),
            RecordedResponse("place", "form-1", "accepted", SHIPPED, cart="visitor@2"),
            RecordedResponse("cancel", "form-2", "accepted", CANCELLED),
        ],
        "prices": {SKU: frozenset({PRICE, 1_800})},
        "log_lines": [json.dumps({"log": "charge", "order_id": SHIPPED})],
    }


def add_discount(fields: Fields, *, redeemed: int = 1) -> Fields:
    """The shipped order has used a code of 10%, whose amounts the other figures leave out."""
    line = LINES[0] | {"discount": 400}
    orders = [
        row | {"discount_code": CODE, "email": CUSTOMER, "lines": json.dumps([line])}
        if row["order_id"] == SHIPPED and row["part"] == "order"
        else row
        for row in fields["orders"]
    ]
    terms = {"percent": 10, "minimum": 1_000, "max_redemptions": 2, "max_per_customer": 1}
    codes = [
        {"catalog_id": "discounts", "item_id": CODE, "redeemed": redeemed} | terms,
        {"catalog_id": f"discount#{CODE}", "item_id": CODE_CUSTOMER, "redeemed": redeemed},
    ]
    return fields | {"orders": orders, "catalog": [*fields["catalog"], *codes]}


def add_open_order(fields: Fields) -> Fields:
    """Add a paid order whose events are neither published nor processed."""
    rows = an_order(
        OPEN, "paid", "order_placed", "order_paid", next_check_at=f"{DAY}T{HOUR}:20:00Z"
    )
    unpublished = [
        row | {"unpublished": "unpublished#1"} if "type" in row else row
        for row in rows
        if not row["part"].startswith("email#")
    ]
    stock = a_stock_row(available=6, reserved=2, sold=2)
    return fields | {
        "orders": [*fields["orders"], *unpublished],
        "stock": [stock],
        "provider": [*fields["provider"], an_intent(OPEN)],
    }


def snapshot_of(fields: Fields) -> Snapshot:
    return Snapshot(**fields)


REFERENCE = f"refund:{SHIPPED}:1"
RETURNED = {"sku": SKU, "quantity": 1, "received": 1, "total": PRICE}
RESTOCKED_ONE = json.dumps([RETURNED | {"restocked": {SKU: 1}}])
RESTOCKED_TWO = RESTOCKED_ONE.replace('"VASE-TEAL": 1', '"VASE-TEAL": 2')


def refund_of_return(times: int = 1) -> str:
    return json.dumps([{"id": "re_1", "amount": PRICE, "reference": REFERENCE}] * times)


def an_open_return(number: int, status: str = "requested") -> list[Row]:
    row = {"order_id": SHIPPED, "part": f"return#{number}", "status": status}
    row["lines"] = json.dumps([{"sku": SKU, "quantity": 1}])
    row["next_check_at"] = row["requested_at"] = f"{DAY}T{HOUR}:00:00Z"
    return [row]


def with_return(fields: Fields, refunded_at: str = f"{DAY}T{HOUR}:00:00Z") -> Fields:
    """One of the two units of the shipped order came back, was refunded and restocked."""
    (row,) = an_open_return(1, "refunded")
    row |= {"lines": RESTOCKED_ONE, "amount": PRICE, "refunded": PRICE, "refunded_at": refunded_at}
    events = [
        *a_return_event(4, "return_requested", lines=[{"sku": SKU, "quantity": 1}]),
        *a_return_event(
            5,
            "return_refunded",
            lines=[{"sku": SKU, "quantity": 1, "restocked": 1, "total": PRICE}],
            refunded=PRICE,
        ),
    ]
    entry = a_ledger_entry(SHIPPED, "returned", 1) | {"entry": ledger_key(SHIPPED, "returned#1")}
    shipped = {"order_id": SHIPPED, "part": "order"}
    orders = [
        it | {"event_count": 5, "refunded": PRICE} if shipped.items() <= it.items() else it
        for it in fields["orders"]
    ]
    returned = {"returned": (1, PRICE), f"refunded-sku#{SKU}": (1, PRICE)}
    sums = {"returned": (1, PRICE), f"refunded-sku#{SKU}": (3, 3 * PRICE)}
    return fields | {
        "orders": [*orders, row, *events],
        "stock": [a_stock_row(available=9, reserved=0, sold=1)],
        "ledger": [*fields["ledger"], entry],
        "sales": [a_fact(f"{SHIPPED}-0005", returned), *with_sums(fields, sums)["sales"]],
        "provider": [
            it | {"refunds": refund_of_return()} if it["order_id"] == SHIPPED else it
            for it in fields["provider"]
        ],
        "emails": [
            *fields["emails"],
            *(SentEmail(f"{SHIPPED}-{number:04d}", CUSTOMER) for number in (4, 5)),
        ],
    }


def without_returned_figure(fields: Fields) -> Fields:
    """The event of the refund has not been counted."""
    return fields | {"sales": settled_fields()["sales"]}


def a_return_event(number: int, type_: str, **body: Any) -> list[Row]:
    row, email = an_event(SHIPPED, number, type_)
    content = {"event_id": f"{SHIPPED}-{number:04d}", "occurred_at": f"{DAY}T{HOUR}:00:00Z"}
    row["body"] = json.dumps({"type": type_, "return_number": 1, **content, **body})
    return [row, email]
