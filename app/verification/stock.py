"""Stock: each unit is available, reserved by an open order or sold, and never twice (S1 to S4)."""

from collections import Counter
from collections.abc import Iterator

from app.verification.snapshot import Snapshot, Violation, lines_of

CLOSED_WITHOUT_PARCEL = ("cancelled", "declined")


def check_invariants(snapshot: Snapshot) -> Iterator[Violation]:
    reserved, sold = _quantities_in_orders(snapshot)
    for row in snapshot.stock:
        key = row["sku"]  # a SKU or one of its shards; orders remember their shards
        counters = {name: row.get(name, 0) for name in ("available", "reserved", "sold")}
        if sum(counters.values()) != row.get("received", 0):
            message = f"{counters} do not sum to {row.get('received', 0)} received."
            yield Violation("S1", key, message)
        if min(counters.values()) < 0:
            yield Violation("S2", key, f"{counters}: a counter is negative.")
        if counters["reserved"] != reserved[key]:
            message = f"{counters['reserved']} reserved, open orders reserve {reserved[key]}."
            yield Violation("S3", key, message)
        if counters["sold"] != sold[key]:
            yield Violation("S3", key, f"{counters['sold']} sold, {sold[key]} shipped.")
    yield from _check_reservations_end_once(snapshot)


def check_settled(snapshot: Snapshot) -> Iterator[Violation]:
    """The stock ledger, which a worker builds from events, agrees with the counters."""
    in_ledger: Counter[str] = Counter()
    for entry in snapshot.ledger:
        in_ledger[entry["sku"]] += entry["change"]
    available: Counter[str] = Counter()
    for row in snapshot.stock:
        available[row["sku"].partition("#")[0]] += row.get("available", 0)
    for sku, quantity in available.items():
        if in_ledger[sku] != quantity:
            message = f"the ledger sums to {in_ledger[sku]}, {quantity} are available."
            yield Violation("E3", sku, message)


def _quantities_in_orders(snapshot: Snapshot) -> tuple[Counter[str], Counter[str]]:
    """Units per stock row: reserved by open orders, and sold with shipped ones."""
    reserved: Counter[str] = Counter()
    sold: Counter[str] = Counter()
    for order in snapshot.orders_by_id.values():
        for line in lines_of(order):
            shards = line.get("stock_shards") or {line["sku"]: line["quantity"]}
            if order["status"] == "shipped":
                sold.update(shards)
            elif order["status"] not in CLOSED_WITHOUT_PARCEL:
                reserved.update(shards)
    return reserved, sold


def _check_reservations_end_once(snapshot: Snapshot) -> Iterator[Violation]:
    ends: Counter[tuple[str, str]] = Counter()
    for entry in snapshot.ledger:
        if entry["reason"] in ("sold", "released"):
            ends[entry["order_id"], entry["sku"]] += 1
    for (order_id, sku), times in ends.items():
        if times > 1:
            yield Violation("S4", order_id, f"its reservation of {sku} ended {times} times.")
