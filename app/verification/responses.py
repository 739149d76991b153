"""What clients were told: no promised order is lost, no cancelled one leaves (A1 to A3, C1)."""

from collections import defaultdict
from collections.abc import Iterator

from app.verification.snapshot import Books, Breach, Deed


def at_any_time(books: Books) -> Iterator[Breach]:
    for deed in books.history:
        if deed.answer == "yes":
            yield from _kept_promise(books, deed)
    for order_id, order in books.placed.items():
        if order.get("cancel_requested") and order["status"] in ("shipping", "shipped"):
            says = f"cancelling is on its row, and it is {order['status']}."
            yield Breach("C1", order_id, says)
    yield from _one_order_each(books)


def _kept_promise(books: Books, deed: Deed) -> Iterator[Breach]:
    order = books.placed.get(deed.order_id)
    if order is None:
        yield Breach("A1", deed.order_id, f"the answer to {deed.what} was yes; it is not there.")
    elif deed.what == "cancel" and order["status"] in ("shipping", "shipped"):
        yield Breach("C1", deed.order_id, f"cancelling was accepted, and it is {order['status']}.")


def _one_order_each(books: Books) -> Iterator[Breach]:
    by_key: dict[tuple[str, str], set[str]] = defaultdict(set)
    for deed in books.history:
        if deed.what == "place" and deed.order_id in books.placed:
            by_key["A2", deed.key].add(deed.order_id)
            if deed.cart:
                by_key["A3", deed.cart].add(deed.order_id)
    for (invariant, key), order_ids in by_key.items():
        if len(order_ids) > 1:
            yield Breach(invariant, key, f"became {len(order_ids)} orders: {sorted(order_ids)}.")
