"""Stock: each piece is on the shelf, held by an open order or sold, never two of it (S1 to S4)."""

from collections import Counter
from collections.abc import Iterator

from infra.audit.books import Books, Breach, lines_of

CLOSED_WITHOUT_PARCEL = ("cancelled", "declined")


def at_any_time(books: Books) -> Iterator[Breach]:
    held, sold = _by_orders(books)
    for row in books.stock:
        sku = row["sku"]
        counters = {name: row.get(name, 0) for name in ("available", "reserved", "sold")}
        if sum(counters.values()) != row.get("received", 0):
            yield Breach("S1", sku, f"{counters} do not make up {row.get('received', 0)} received.")
        if min(counters.values()) < 0:
            yield Breach("S2", sku, f"{counters}: less than nothing.")
        if counters["reserved"] != held[sku]:
            says = f"{counters['reserved']} are held, open orders hold {held[sku]}."
            yield Breach("S3", sku, says)
        if counters["sold"] != sold[sku]:
            yield Breach("S3", sku, f"{counters['sold']} are sold, {sold[sku]} were shipped.")
    yield from _holds_end_once(books)


def at_rest(books: Books) -> Iterator[Breach]:
    """The ledger, which the inventory worker keeps from events, tells the same as the counters."""
    told: Counter[str] = Counter()
    for entry in books.ledger:
        told[entry["sku"]] += entry["change"]
    for row in books.stock:
        if told[row["sku"]] != row.get("available", 0):
            says = f"the ledger makes {told[row['sku']]}, the shelf has {row.get('available', 0)}."
            yield Breach("E3", row["sku"], says)


def _by_orders(books: Books) -> tuple[Counter[str], Counter[str]]:
    held: Counter[str] = Counter()
    sold: Counter[str] = Counter()
    for order in books.placed.values():
        for line in lines_of(order):
            if order["status"] == "shipped":
                sold[line["sku"]] += line["quantity"]
            elif order["status"] not in CLOSED_WITHOUT_PARCEL:
                held[line["sku"]] += line["quantity"]
    return held, sold


def _holds_end_once(books: Books) -> Iterator[Breach]:
    ends: Counter[tuple[str, str]] = Counter()
    for entry in books.ledger:
        if entry["reason"] in ("sold", "freed"):
            ends[entry["order_id"], entry["sku"]] += 1
    for (order_id, sku), times in ends.items():
        if times > 1:
            yield Breach("S4", order_id, f"its hold on {sku} ended {times} times.")
