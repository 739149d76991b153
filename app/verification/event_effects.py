"""Events and what they cause: told once, and acted on once by each consumer (E1 to E4)."""

from collections import Counter
from collections.abc import Iterator

from app.verification.snapshot import Books, Breach, Row, body_of

ENDINGS = {
    "shipped": "order_shipped",
    "declined": "order_declined",
    "cancelled": "order_cancelled",
}
LEDGER = {"order_placed", *ENDINGS.values()}
CONSUMERS = {
    "analytics": {"order_placed", "order_paid", *ENDINGS.values()},
    "inventory": LEDGER,
    "email": {"order_placed", "order_review_requested", "stock_low", *ENDINGS.values()},
}


def at_any_time(books: Books) -> Iterator[Breach]:
    for order_id, order in books.placed.items():
        yield from _told_once(books, order_id, order)
    yield from _no_ghosts(books)
    yield from _letters_once(books)


def at_rest(books: Books) -> Iterator[Breach]:
    for event_id, row in books.events.items():
        if row.get("pending"):
            yield Breach("E2", row["order_id"], f"{row['type']} was never published.")
        parts = {it["part"]: it for it in books.parts[row["order_id"]]}
        for consumer, types in CONSUMERS.items():
            if row["type"] in types and not _handled(parts, consumer, event_id):
                yield Breach("E3", row["order_id"], f"{consumer} never handled {row['type']}.")
        if row["type"] in LEDGER:
            yield from _in_the_ledger(books, row)
        yield from _letter_came(books, event_id, row)


def _handled(parts: dict[str, Row], consumer: str, event_id: str) -> bool:
    mark = parts.get(f"seen#{consumer}#{event_id}")
    return mark is not None and (consumer != "email" or bool(mark.get("sent")))


def _told_once(books: Books, order_id: str, order: Row) -> Iterator[Breach]:
    rows = [row for row in books.parts[order_id] if row["part"].startswith("event#")]
    told = Counter(row["type"] for row in rows)
    if told["order_placed"] != 1:
        yield Breach("E1", order_id, f"order_placed was told {told['order_placed']} times.")
    endings = [kind for kind in ENDINGS.values() for _ in range(told[kind])]
    wanted = [ENDINGS[order["status"]]] if order["status"] in ENDINGS else []
    if endings != wanted:
        yield Breach("E1", order_id, f"it is {order['status']}, and told of {endings or 'no end'}.")
    places = sorted(row["part"].split("#")[1] for row in rows if row["type"] != "stock_low")
    if places != [f"{place:04d}" for place in range(1, order.get("events", 0) + 1)]:
        yield Breach("E1", order_id, f"{order.get('events', 0)} events should be there: {places}.")


def _no_ghosts(books: Books) -> Iterator[Breach]:
    for row in books.orders:
        yield from _known(books, row)
    for order_id in [*books.intents, *(row["reference"] for row in books.carrier)]:
        if order_id not in books.placed:
            yield Breach("E4", order_id, "provider or carrier know it, the shop does not.")
    for entry in books.ledger:
        if entry.get("order_id") and not _told(books, entry):
            says = f"the ledger has {entry['entry']}, which no event told."
            yield Breach("E4", entry["order_id"], says)


def _known(books: Books, row: Row) -> Iterator[Breach]:
    order_id, part = row["order_id"], row["part"]
    if order_id not in books.placed:
        yield Breach("E4", order_id, f"{part} belongs to no order.")
    if part.startswith("seen#") and part.split("#", 2)[2] not in books.events:
        yield Breach("E4", order_id, f"{part}: there is no such event.")


def _told(books: Books, entry: Row) -> bool:
    kinds = {"held": {"order_placed"}, "sold": {"order_shipped"}}
    wanted = kinds.get(entry["reason"], {"order_cancelled", "order_declined"})
    rows = books.parts.get(entry["order_id"], ())
    return any(row["part"].startswith("event#") and row["type"] in wanted for row in rows)


def _letters_once(books: Books) -> Iterator[Breach]:
    for letter, times in Counter(books.letters or ()).items():
        event = books.events.get(letter.event_id)
        if event is None:
            yield Breach("E4", letter.event_id, "a letter was written about no event.")
        elif times > 1 and letter.event_id not in books.may_repeat:
            says = f"{times} letters about {event['type']} to one address."
            yield Breach("E3", event["order_id"], says)


def _letter_came(books: Books, event_id: str, row: Row) -> Iterator[Breach]:
    """A confirmation may be left out when the order has closed before it was written."""
    if books.letters is None or row["type"] not in CONSUMERS["email"]:
        return
    status = books.placed[row["order_id"]]["status"]
    if row["type"] == "order_placed" and status in ("cancelled", "declined"):
        return
    if not any(letter.event_id == event_id for letter in books.letters):
        yield Breach("E3", row["order_id"], f"no letter about {row['type']} has gone out.")


def _in_the_ledger(books: Books, row: Row) -> Iterator[Breach]:
    reason = {"order_placed": "held", "order_shipped": "sold"}.get(row["type"], "freed")
    for line in body_of(row)["lines"]:
        entry = (line["sku"], f"{row['order_id']}#{reason}")
        if entry not in books.entries:
            yield Breach("E3", row["order_id"], f"the ledger lacks {reason} of {line['sku']}.")
