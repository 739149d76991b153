"""Discounts: no code is used too often, and each order has what the code's terms say (D1, D2).

D1: ``redeemed`` of a code, and of each of its customers, is the number of open and shipped orders
that have it, and at most the limit. D2: the discount of each line follows from the code's row.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import sha256

from app.verification.agreed_amounts import agreed_discounts, gross_subtotal
from app.verification.snapshot import Row, Snapshot, Violation, lines_of

GIVEN_BACK = ("cancelled", "declined")


def check_invariants(snapshot: Snapshot) -> Iterator[Violation]:
    codes = {
        row["item_id"]: row for row in snapshot.catalog if row.get("catalog_id") == "discounts"
    }
    for order in snapshot.orders_by_id.values():
        yield from _check_terms(order, codes)
    for code, row in codes.items():
        yield from _check_limit(code, row, row.get("max_redemptions"))
    yield from _check_customers(snapshot, codes)
    if snapshot.has_all_orders:
        yield from _check_counts(snapshot, codes)


def _check_customers(snapshot: Snapshot, codes: Mapping[str, Row]) -> Iterator[Violation]:
    """A snapshot of some orders may be without the codes."""
    for row in _customer_rows(snapshot):
        code = row["catalog_id"].removeprefix("discount#")
        if code in codes:
            limit = codes[code]["max_per_customer"]
            yield from _check_limit(f"{code} {row['item_id']}", row, limit)
        elif snapshot.has_all_orders:
            yield Violation("D1", code, "a customer has redeemed it, but there is no such code.")


def _customer_rows(snapshot: Snapshot) -> list[Row]:
    return [row for row in snapshot.catalog if row.get("catalog_id", "").startswith("discount#")]


def _check_limit(name: str, row: Row, limit: int | None) -> Iterator[Violation]:
    if row["redeemed"] < 0 or (limit is not None and row["redeemed"] > limit):
        yield Violation("D1", name, f"redeemed {row['redeemed']} times, the limit is {limit}.")


def _check_counts(snapshot: Snapshot, codes: Mapping[str, Row]) -> Iterator[Violation]:
    """The customers of orders whose email address was erased are no longer known."""
    orders = snapshot.orders_by_id.values()
    holding = [it for it in orders if it.get("discount_code") and it["status"] not in GIVEN_BACK]
    by_code = Counter(it["discount_code"] for it in holding)
    for code, row in codes.items():
        if row["redeemed"] != by_code[code]:
            message = f"redeemed {row['redeemed']} times, {by_code[code]} orders have it."
            yield Violation("D1", code, message)
    erased = Counter(it["discount_code"] for it in holding if not it["email"])
    by_customer = Counter(_customer_key(it) for it in holding if it["email"])
    rows = {(it["catalog_id"], it["item_id"]): it["redeemed"] for it in _customer_rows(snapshot)}
    for key in {**rows, **by_customer}:
        stored, code = rows.get(key, 0), key[0].removeprefix("discount#")
        if not by_customer[key] <= stored <= by_customer[key] + erased[code]:
            message = f"redeemed {stored} times, the customer has {by_customer[key]} orders."
            yield Violation("D1", " ".join(key), message)


def _customer_key(order: Row) -> tuple[str, str]:
    code, email = order["discount_code"], order["email"]
    return f"discount#{code}", f"customer#{sha256(f'{code} {email}'.encode()).hexdigest()}"


def _check_terms(order: Row, codes: Mapping[str, Row]) -> Iterator[Violation]:
    code = order.get("discount_code")
    given = [line.get("discount", 0) for line in lines_of(order)]
    if code and code not in codes:
        return  # a snapshot of some orders may be without the codes
    agreed = agreed_discounts(order, codes[code]) if code else [0] * len(given)
    if given != [*agreed]:
        message = f"its lines have discounts of {given}, agreed were {[*agreed]}."
        yield Violation("D2", order["order_id"], message)
    if code and gross_subtotal(order) < codes[code].get("minimum", 0):
        yield Violation("D2", order["order_id"], f"it is below the minimum of {code}.")
