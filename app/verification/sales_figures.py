"""Sales figures: each event that analytics processed is counted exactly once (N1)."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from app.verification.agreed_amounts import country_of, line_total
from app.verification.snapshot import Row, Rows, Snapshot, Violation, body_of, is_fact

FIGURES = {"return_refunded": "returned"}  # that are not named like their event

type Figure = tuple[str, int, int]  # name, count, cents


def check_invariants(snapshot: Snapshot) -> Iterator[Violation]:
    """No figure is larger than the sum of the facts: an event that no order has caused was counted.

    Some of the orders can only prove this of the orders placed on a day, if all of that day are
    known. A fact is written before its hour is marked as due, so that a figure may be too small
    until the event is delivered again: that is checked of orders at rest.
    """
    counted, stored = _expected(snapshot, snapshot.counted_events), _stored(snapshot)
    for name in sorted(stored):
        if stored[name] > counted[name] and _is_whole(snapshot, name):
            yield _violation(name, stored, counted)


def check_counted(snapshot: Snapshot, order_ids: Collection[str]) -> Iterator[Violation]:
    """The figures have all facts of these orders, which are at rest."""
    if "analytics" in snapshot.waiting:
        return
    counted = (it for it in snapshot.counted_events if it.partition("-")[0] in order_ids)
    expected, stored = _expected(snapshot, counted), _stored(snapshot)
    for name in sorted(expected):
        if stored[name] < expected[name]:
            yield _violation(name, stored, expected)


def _violation(name: str, stored: Counter[str], counted: Counter[str]) -> Violation:
    message = f"{stored[name]} stored, the processed events sum to {counted[name]}."
    return Violation("N1", name, message)


def _is_whole(snapshot: Snapshot, name: str) -> bool:
    """Whether all orders that can count towards this figure are known.

    An event of a later step may belong to an order of an earlier day.
    """
    if snapshot.has_all_orders:
        return True
    hour, _, figure = name.partition(", ")[0].partition("#")
    return (
        figure == "placed"
        and hour[:10] in snapshot.whole_days
        and "analytics" not in snapshot.waiting
    )


def _expected(snapshot: Snapshot, event_ids: Iterable[str]) -> Counter[str]:
    figures: Counter[str] = Counter()
    zone = ZoneInfo(snapshot.time_zone)
    for event_id in event_ids:
        event = snapshot.events.get(event_id)
        order = snapshot.orders_by_id.get(event["order_id"]) if event else None
        if order and event and body_of(event):
            _add(figures, _figures_of(body_of(event), zone, country_of(order)))
    return figures


def _stored(snapshot: Snapshot) -> Counter[str]:
    """The sums of each hour; while an hour is due for the roll-up, its facts count instead."""
    hours = {row["entry"]: row for row in snapshot.sales if not is_fact(row)}
    due = {hour for hour, row in hours.items() if row.get("due")}
    summed_up: Rows = [row for hour, row in hours.items() if hour not in due]
    facts: Rows = [
        row for row in snapshot.sales if is_fact(row) and row["period"].partition("#")[0] in due
    ]
    figures: Counter[str] = Counter()
    for row in (*summed_up, *facts):
        for hour, totals in json.loads(row.get("figures") or "{}").items():
            _add(figures, ((f"{hour}#{name}", *total) for name, total in totals.items()))
    return figures


def _add(counter: Counter[str], figures: Iterable[Figure]) -> None:
    for name, count, cents in figures:
        counter[f"{name}, count"] += count
        counter[f"{name}, cents"] += cents


def _figures_of(event: Row, zone: ZoneInfo, country: str) -> Iterator[Figure]:
    """The hour is that of the event's timestamp, in the shop's time zone."""
    occurred_at = datetime.fromisoformat(event["occurred_at"]).astimezone(zone)
    hour = f"{occurred_at:%Y-%m-%dT%H%z}"
    name = FIGURES.get(event["type"], event["type"].removeprefix("order_"))
    cents = event.get("total", event.get("refunded", 0))
    yield f"{hour}#{name}", 1, cents
    prefix = {"paid": "sku", "cancelled": "refunded-sku"}.get(name)
    for line in event["lines"] if name == "returned" else ():
        yield f"{hour}#refunded-sku#{line['sku']}", line["quantity"], line.get("total", 0)
    for line in event.get("lines", ()) if prefix and cents else ():
        yield f"{hour}#{prefix}#{line['sku']}", line["quantity"], line_total(line, country)
