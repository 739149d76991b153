"""Money: charged once at most, as much as was agreed, and back where no parcel left (M1 to M5)."""

from collections.abc import Iterator

from app.verification.snapshot import Books, Breach, Row, ids, lines_of

SHIPPING, SHIPPED_FREE_FROM = 590, 12_000
CLOSED_WITHOUT_PARCEL = ("cancelled", "declined")


def at_any_time(books: Books) -> Iterator[Breach]:
    for order_id in {**books.placed, **books.intents}:
        yield from _charged_once(books, order_id)
    for order_id, order in books.placed.items():
        yield from _sums_agree(books, order)
        if order["status"] == "shipped":
            yield from _shipped_is_paid(books, order)
        if order["status"] in CLOSED_WITHOUT_PARCEL:
            yield from _money_went_back(books, order_id)


def at_rest(books: Books) -> Iterator[Breach]:
    """No intent of a closed order may be left that could still move money."""
    for order_id, order in books.placed.items():
        mine = _intent_of(books, order_id)
        for intent in books.intents.get(order_id, ()):
            if intent["state"] == "open" and intent["entry"] == f"intent#{mine}":
                says = f"it is {order['status']}, and the provider could still take its money."
                yield Breach("M3", order_id, says)


def _intent_of(books: Books, order_id: str) -> str:
    rows = (row for row in books.parts[order_id] if row["part"] == "payment")
    return next((row["intent_id"] for row in rows), "")


def _charged_once(books: Books, order_id: str) -> Iterator[Breach]:
    charges = books.charges(order_id)
    if len(charges) > 1:
        yield Breach(
            "M1", order_id, f"it was charged {len(charges)} times: {ids(charges, 'entry')}"
        )
    if unfounded := [it for it in books.refunds(order_id) if it not in charges]:
        yield Breach("M4", order_id, f"refunded, never charged: {ids(unfounded, 'entry')}")


def _shipped_is_paid(books: Books, order: Row) -> Iterator[Breach]:
    order_id = order["order_id"]
    charges, refunds = books.charges(order_id), books.refunds(order_id)
    if len(charges) != 1 or refunds:
        says = f"shipped with {len(charges)} charges and {len(refunds)} refunds."
        yield Breach("M2", order_id, says)


def _money_went_back(books: Books, order_id: str) -> Iterator[Breach]:
    order, charges = books.placed[order_id], books.charges(order_id)
    kept = [it for it in charges if not it.get("refund_id")]
    if kept:
        yield Breach("M3", order_id, f"it is {order['status']}, but {kept[0]['amount']} were kept.")
    back = sum(it["amount"] for it in charges if it.get("refund_id"))
    if order.get("refunded", 0) != back:
        says = f"it says that {order.get('refunded', 0)} went back; the provider says {back}."
        yield Breach("M3", order_id, says)


def _sums_agree(books: Books, order: Row) -> Iterator[Breach]:
    order_id, lines = order["order_id"], lines_of(order)
    goods = sum(line["price"] * line["quantity"] for line in lines)
    due = goods + (0 if goods >= SHIPPED_FREE_FROM else SHIPPING)
    if order["total"] != due:
        yield Breach("M5", order_id, f"its total is {order['total']}, its lines make {due}.")
    for intent in books.intents.get(order_id, ()):
        if (intent["amount"], intent["currency"]) != (due, order["currency"]):
            says = f"asked for {intent['amount']} {intent['currency']}, {due} were agreed."
            yield Breach("M5", order_id, says)
    for line in lines:
        if books.prices is not None and line["price"] not in books.prices.get(line["sku"], ()):
            yield Breach("M5", order_id, f"{line['sku']} never cost {line['price']}.")
