"""Returns: units come back once, and each refund is made once (RT1 to RT5)."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from app.verification.agreed_amounts import country_of, line_total
from app.verification.snapshot import Row, Rows, Snapshot, Violation, body_of, lines_of

ENDED = ("refunded", "refused")
BACK = ("received", "refunded")  # statuses in which the units have come back
MAX_OVERDUE = timedelta(minutes=30)  # the reconciler tries each quarter of an hour at least


def check_invariants(snapshot: Snapshot) -> Iterator[Violation]:
    for order_id, order in snapshot.orders_by_id.items():
        if returns := returns_of(snapshot, order_id):
            yield from _check_units(order, returns)
            yield from _check_amounts(order, returns)
            for row in returns:
                yield from _check_events(snapshot, row)
        yield from _check_refunds(snapshot, order_id, returns)


def check_settled(snapshot: Snapshot) -> Iterator[Violation]:
    """RT5: what has come back is refunded. Requests and parcels wait for people.

    A refund waits for the bank while it decides about a dispute of the payment.
    """
    for row in _all_returns(snapshot):
        charges = snapshot.charges(row["order_id"])
        if row["status"] == "received" and not any(it.get("dispute") == "open" for it in charges):
            message = f"{row['part']} is still {row['status']}."
            yield Violation("RT5", row["order_id"], message)


def check_overdue(snapshot: Snapshot, *, now: datetime) -> Iterator[Violation]:
    """Returns that reconciliation should have refunded or ended. A request waits for people."""
    for row in _all_returns(snapshot):
        waits = row["status"] in ("approved", "received")
        if waits and datetime.fromisoformat(row["next_check_at"]) < now - MAX_OVERDUE:
            yield Violation("RT5", row["order_id"], f"{row['part']} is overdue.")


def returns_of(snapshot: Snapshot, order_id: str) -> Rows:
    """The order's returns, in the order in which they were requested."""
    rows = snapshot.rows_by_order.get(order_id, ())
    return sorted((it for it in rows if _is_return(it)), key=number_of)


def number_of(row: Row) -> int:
    return int(row["part"].partition("#")[2])


def reference_of(row: Row) -> str:
    """What the provider keeps with the refund of a return."""
    return f"refund:{row['order_id']}:{number_of(row)}"


def restocked_of(row: Row) -> Counter[str]:
    """Units that can be sold again, by stock row. Damaged units are not among them: stay sold."""
    units: Counter[str] = Counter()
    if row["status"] == "refunded":
        for line in lines_of(row):
            units.update(line.get("restocked") or {})
    return units


def _is_return(row: Row) -> bool:
    return str(row["part"]).startswith("return#")


def _all_returns(snapshot: Snapshot) -> Iterator[Row]:
    return (row for row in snapshot.orders if _is_return(row))


def _units(row: Row) -> Counter[str]:
    name = "received" if row["status"] in BACK else "quantity"
    return Counter({line["sku"]: line.get(name, 0) for line in lines_of(row)})


def _check_units(order: Row, returns: Rows) -> Iterator[Violation]:
    """RT1: never more than was bought, and one return of a shipped order at a time."""
    order_id = order["order_id"]
    bought = Counter({line["sku"]: line["quantity"] for line in lines_of(order)})
    returned: Counter[str] = Counter()
    for row in returns:
        returned.update(_units(row) if row["status"] != "refused" else {})
        yield from _check_lines(row)
    for sku, units in returned.items():
        if units > bought[sku]:
            message = f"{units} of {sku} returned, bought were {bought[sku]}."
            yield Violation("RT1", order_id, message)
    open_returns = sum(row["status"] not in ENDED for row in returns)
    if order["status"] != "shipped" or open_returns > 1:
        message = f"the order is {order['status']}, {open_returns} returns are open."
        yield Violation("RT1", order_id, message)


def _check_lines(row: Row) -> Iterator[Violation]:
    for line in lines_of(row):
        restocked = sum((line.get("restocked") or {}).values())
        if not restocked <= line.get("received", 0) <= line["quantity"]:
            yield Violation("RT1", row["order_id"], f"{row['part']}: {dict(line)}.")


def _check_refunds(snapshot: Snapshot, order_id: str, returns: Rows) -> Iterator[Violation]:
    """RT2: a refunded return has one refund of its amount at the provider, and no other has one."""
    made: defaultdict[str, list[int]] = defaultdict(list)
    for refund in snapshot.provider_refunds(order_id):
        if reference := refund.get("reference"):
            made[reference].append(refund["amount"])
    for row in returns:
        amounts = made.pop(reference_of(row), [])
        if amounts not in _possible_refunds(row):
            message = f"{row['part']} is {row['status']}, the provider refunded {amounts}."
            yield Violation("RT2", order_id, message)
    for reference in made:
        yield Violation("RT2", order_id, f"{reference} was refunded, but there is no such return.")


def _possible_refunds(row: Row) -> tuple[list[int], ...]:
    """Between a refund and its record, the return is received.

    Nothing is refunded if nothing was left of the payment; less, if too little was left.
    """
    if row["status"] == "refunded":
        return ([row["refunded"]],) if row["refunded"] else ([],)
    if row["status"] == "received":
        return ([], *([cents] for cents in range(1, row["amount"] + 1)))
    return ([],)


def _check_amounts(order: Row, returns: Rows) -> Iterator[Violation]:
    """RT3: no return is refunded more than its units cost, and shipping only after the last."""
    costs = {line["sku"]: _unit_costs(order, line) for line in lines_of(order)}
    shipping = int(order["total"]) - sum(map(sum, costs.values()))
    for row in returns:
        if row["status"] not in BACK:
            continue
        cost = sum(_take_units(line, costs) for line in lines_of(row))
        most = cost if any(costs.values()) else cost + shipping
        recorded = sum(line.get("total", 0) for line in lines_of(row))
        refunded = max(row.get("amount") or 0, row.get("refunded") or 0)
        if refunded > most or recorded != cost:
            message = f"{row['part']} refunds {refunded} for {recorded}, its units cost {cost}."
            yield Violation("RT3", order["order_id"], message)


def _take_units(line: Row, costs: dict[str, list[int]]) -> int:
    """What the units that came back cost. They are gone for later returns."""
    units = costs.get(line["sku"], [])
    count = line.get("received", 0)
    costs[line["sku"]] = units[count:]
    return sum(units[:count])


def _unit_costs(order: Row, line: Row) -> list[int]:
    """What each unit of a line costs: a cent more for the first ones, if it cannot be divided."""
    total, quantity = line_total(line, country_of(order)), int(line["quantity"])
    return [total // quantity + (1 if unit < total % quantity else 0) for unit in range(quantity)]


def _check_events(snapshot: Snapshot, row: Row) -> Iterator[Violation]:
    """RT4: each return has one event for what became of it, which says what its row says."""
    order_id, number = row["order_id"], number_of(row)
    count = Counter[str]()
    for event in snapshot.rows_by_order[order_id]:
        is_event = str(event["part"]).startswith("event#") and event["type"].startswith("return_")
        if is_event and body_of(event).get("return_number") == number:
            count[event["type"]] += 1
            if event["type"] == "return_refunded":
                yield from _check_refunded_event(row, body_of(event))
    ended = {"refunded": "return_refunded", "refused": "return_refused"}.get(row["status"])
    expected = {"return_requested": 1} | ({ended: 1} if ended else {})
    if {type_: times for type_, times in count.items() if type_ != "return_approved"} != expected:
        message = f"{row['part']} is {row['status']}, its events are {dict(count)}."
        yield Violation("RT4", order_id, message)


def _check_refunded_event(row: Row, event: Row) -> Iterator[Violation]:
    lines = [it for it in lines_of(row) if it.get("received")]
    stored = [
        (it["sku"], it["received"], sum((it.get("restocked") or {}).values()), it.get("total", 0))
        for it in lines
    ]
    reported = [
        (it["sku"], it["quantity"], it.get("restocked", 0), it.get("total", 0))
        for it in event["lines"]
    ]
    if (stored, row.get("refunded")) != (reported, event["refunded"]):
        yield Violation("RT4", row["order_id"], f"{row['part']} and its event differ.")
