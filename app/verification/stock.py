"""Stock: each piece is on the shelf, held by an open order or sold, never two of it (S1 to S4)."""

from collections import Counter
from collections.abc import Iterator

from app.verification.snapshot import Books, Breach, lines_of

CLOSED_WITHOUT_PARCEL = ("cancelled", "declined")


def at_any_time(books: Books) -> Iterator[Breach]:
    held, sold = _by_orders(books)
    for row in books.stock:
        key = row["sku"]  # a sku, or one of its drawers: orders know which they took from
        counters = {name: row.get(name, 0) for name in ("available", "reserved", "sold")}
        if sum(counters.values()) != row.get("received", 0):
            yield Breach("S1", key, f"{counters} do not make up {row.get('received', 0)} received.")
        if min(counters.values()) < 0:
            yield Breach("S2", key, f"{counters}: less than nothing.")
        if counters["reserved"] != held[key]:
            says = f"{counters['reserved']} are held, open orders hold {held[key]}."
            yield Breach("S3", key, says)
        if counters["sold"] != sold[key]:
            yield Breach("S3", key, f"{counters['sold']} are sold, {sold[key]} were shipped.")
    yield from _holds_end_once(books)


def at_rest(books: Books) -> Iterator[Breach]:
    """The ledger, which the inventory worker keeps from events, tells the same as the counters."""
    told: Counter[str] = Counter()
    for entry in books.ledger:
        told[entry["sku"]] += entry["change"]
    there: Counter[str] = Counter()
    for row in books.stock:
        there[row["sku"].partition("#")[0]] += row.get("available", 0)
    for sku, available in there.items():
        if told[sku] != available:
            says = f"the ledger makes {told[sku]}, the shelf has {available}."
            yield Breach("E3", sku, says)


def _by_orders(books: Books) -> tuple[Counter[str], Counter[str]]:
    held: Counter[str] = Counter()
    sold: Counter[str] = Counter()
    for order in books.placed.values():
        for line in lines_of(order):
            taken = line.get("drawers") or {line["sku"]: line["quantity"]}
            if order["status"] == "shipped":
                sold.update(taken)
            elif order["status"] not in CLOSED_WITHOUT_PARCEL:
                held.update(taken)
    return held, sold


def _holds_end_once(books: Books) -> Iterator[Breach]:
    ends: Counter[tuple[str, str]] = Counter()
    for entry in books.ledger:
        if entry["reason"] in ("sold", "freed"):
            ends[entry["order_id"], entry["sku"]] += 1
    for (order_id, sku), times in ends.items():
        if times > 1:
            yield Breach("S4", order_id, f"its hold on {sku} ended {times} times.")
