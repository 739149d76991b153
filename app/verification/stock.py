"""Stock: each unit is available, reserved by an open order or sold, and never twice (S1 to S4).

A returned unit that can be sold again is available; a damaged one stays sold.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator

from app.verification.returns import number_of, restocked_of, returns_of
from app.verification.snapshot import Row, Snapshot, Violation, lines_of

# The ledger entry that closes an order's reservation, by the status of the order.
CLOSING_ENTRY = {"shipped": "sold", "cancelled": "released", "declined": "released"}
COUNTERS = ("available", "reserved", "sold")


def check_invariants(snapshot: Snapshot) -> Iterator[Violation]:
    for row in snapshot.stock:
        counters = {name: row.get(name, 0) for name in COUNTERS}
        if sum(counters.values()) != row.get("received", 0):
            message = f"{counters} do not sum to {row.get('received', 0)} received."
            yield Violation("S1", row["sku"], message)
        if min(counters.values()) < 0:
            yield Violation("S2", row["sku"], f"{counters}: a counter is negative.")
    if snapshot.has_all_orders:
        yield from _check_quantities(snapshot)
    yield from _check_ledger(snapshot)
    yield from _check_reservations_end_once(snapshot)


def _check_quantities(snapshot: Snapshot) -> Iterator[Violation]:
    """Each row, of a SKU or of one of its shards, has what the orders took from it."""
    reserved, sold = _quantities_in_orders(snapshot)
    for row in snapshot.stock:
        key = row["sku"]
        if row.get("reserved", 0) != reserved[key]:
            message = f"{row.get('reserved', 0)} reserved, open orders reserve {reserved[key]}."
            yield Violation("S3", key, message)
        if row.get("sold", 0) != sold[key]:
            message = f"{row.get('sold', 0)} sold, {sold[key]} shipped."
            yield Violation("S3", key, message)


def _quantities_in_orders(snapshot: Snapshot) -> tuple[Counter[str], Counter[str]]:
    """Units per stock row: reserved by open orders, and sold with shipped ones."""
    reserved: Counter[str] = Counter()
    sold: Counter[str] = Counter()
    for order_id, order in snapshot.orders_by_id.items():
        for row in returns_of(snapshot, order_id):
            sold.subtract(restocked_of(row))
        for line in lines_of(order):
            shards = line.get("stock_shards") or {line["sku"]: line["quantity"]}
            closing = CLOSING_ENTRY.get(order["status"])
            if closing is None:
                reserved.update(shards)
            elif closing == "sold":
                sold.update(shards)
    return reserved, sold


def _check_ledger(snapshot: Snapshot) -> Iterator[Violation]:
    """The ledger of a SKU, and the entries still to be written, give its counters.

    A worker writes the ledger from events, some time after the counters changed. What is still
    to be written follows from the status of each order, not from its events.
    """
    if "inventory" in snapshot.waiting and not snapshot.has_all_orders:
        return  # orders that were not read may have entries to be written
    entries: dict[str, list[Row]] = defaultdict(list)
    for entry in [*_first_entries(snapshot), *snapshot.ledger, *_entries_to_write(snapshot)]:
        entries[entry["sku"]].append(entry)
    for sku, stored in _counters_by_sku(snapshot).items():
        by_ledger = _counters_of(entries[sku])
        for name in COUNTERS:
            if by_ledger[name] != stored[name]:
                message = f"the ledger gives {by_ledger[name]} {name}, stored are {stored[name]}."
                yield Violation("E3", sku, message)


def _first_entries(snapshot: Snapshot) -> Iterator[Row]:
    """The units that a SKU was created with, which its own row holds."""
    for row in snapshot.stock:
        yield {"sku": row["sku"], "reason": "received", "change": row.get("first_units") or 0}


def _entries_to_write(snapshot: Snapshot) -> Iterator[Row]:
    for order_id, order in snapshot.orders_by_id.items():
        quantities: Counter[str] = Counter()
        for line in lines_of(order):
            quantities[line["sku"]] += line["quantity"]
        for sku, quantity in quantities.items():
            for reason, change in _entries_of(order, quantity):
                if (sku, f"{order_id}#{reason}") not in snapshot.ledger_keys:
                    yield {"sku": sku, "reason": reason, "change": change, "order_id": order_id}
        yield from _return_entries_to_write(snapshot, order_id)


def _return_entries_to_write(snapshot: Snapshot, order_id: str) -> Iterator[Row]:
    for row in returns_of(snapshot, order_id):
        for key, units in restocked_of(row).items():
            sku, entry = key.partition("#")[0], f"{order_id}#returned#{number_of(row)}"
            if (sku, entry) not in snapshot.ledger_keys:
                yield {"sku": sku, "reason": "returned", "change": units, "order_id": order_id}


def _entries_of(order: Row, quantity: int) -> Iterator[tuple[str, int]]:
    yield "reserved", -quantity
    if reason := CLOSING_ENTRY.get(order["status"]):
        yield reason, quantity if reason == "released" else 0


def _counters_of(entries: list[Row]) -> Counter[str]:
    """What the entries of one SKU sum to. An order's reservation is sold, released, or held."""
    reserved = {it["order_id"]: -it["change"] for it in entries if it["reason"] == "reserved"}
    counters: Counter[str] = Counter(reserved=sum(reserved.values()))
    for entry in entries:
        counters["available"] += entry["change"]
        if entry["reason"] in ("sold", "released"):
            quantity = reserved.pop(entry["order_id"], 0)
            counters["reserved"] -= quantity
            counters["sold"] += quantity if entry["reason"] == "sold" else 0
        if entry["reason"] == "returned":
            counters["sold"] -= entry["change"]
    return counters


def _counters_by_sku(snapshot: Snapshot) -> dict[str, Counter[str]]:
    """The counters of each SKU whose ledger is complete, summed over its shards."""
    by_sku: dict[str, Counter[str]] = defaultdict(Counter)
    for row in snapshot.stock:
        sku = row["sku"].partition("#")[0]
        if snapshot.has_whole_ledger(sku):
            by_sku[sku].update({name: row.get(name, 0) for name in COUNTERS})
    return by_sku


def _check_reservations_end_once(snapshot: Snapshot) -> Iterator[Violation]:
    ends: Counter[tuple[str, str]] = Counter()
    for entry in snapshot.ledger:
        if entry["reason"] in ("sold", "released"):
            ends[entry["order_id"], entry["sku"]] += 1
    for (order_id, sku), times in ends.items():
        if times > 1:
            yield Violation("S4", order_id, f"its reservation of {sku} ended {times} times.")
    yield from _check_restocked_once(snapshot)


def _check_restocked_once(snapshot: Snapshot) -> Iterator[Violation]:
    """The ledger never gives an order's units back more often than they were sold."""
    returned: Counter[tuple[str, str]] = Counter()
    for entry in snapshot.ledger:
        if entry["reason"] == "returned":
            returned[entry["order_id"], entry["sku"]] += entry["change"]
    for (order_id, sku), units in returned.items():
        lines = (
            lines_of(snapshot.orders_by_id[order_id]) if order_id in snapshot.orders_by_id else []
        )
        bought = sum(line["quantity"] for line in lines if line["sku"] == sku)
        if lines and units > bought:
            yield Violation("S4", order_id, f"{units} of {sku} restocked, bought were {bought}.")
