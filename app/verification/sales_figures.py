"""Sales figures: each event that analytics processed is counted exactly once (N1)."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from app.verification.agreed_amounts import country_of, line_total
from app.verification.snapshot import Row, Snapshot, Violation, body_of

HOURLY = ("placed", "paid", "cancelled", "returned")
FIGURES = {"return_refunded": "returned"}  # that are not named like their event
MARKER = "processed#analytics#"

type Figure = tuple[str, int, int]  # name, count, cents


def check_invariants(snapshot: Snapshot) -> Iterator[Violation]:
    """Marker and figure are one write, so this also holds while other events are unprocessed.

    Some of the orders can only prove that a figure is too small, but all orders of a day also
    that too many were counted as placed: an event that no order has caused.
    """
    expected, stored = _expected(snapshot), _stored(snapshot)
    for name in sorted(expected | stored):
        missing = expected[name] - stored[name]
        if missing > 0 or (missing and _is_whole(snapshot, name)):
            message = f"{stored[name]} stored, the processed events sum to {expected[name]}."
            yield Violation("N1", name, message)


def _is_whole(snapshot: Snapshot, name: str) -> bool:
    """Whether all orders that can count towards this figure are known.

    An event of a later step may belong to an order of an earlier day.
    """
    if snapshot.has_all_orders:
        return True
    day, _, figure = name.partition(", ")[0].partition("#")
    return (
        figure.endswith("#placed")
        and day in snapshot.whole_days
        and "analytics" not in snapshot.waiting
    )


def _expected(snapshot: Snapshot) -> Counter[str]:
    figures: Counter[str] = Counter()
    zone = ZoneInfo(snapshot.time_zone)
    for row in snapshot.orders:
        event = snapshot.events.get(row["part"].removeprefix(MARKER))
        order = snapshot.orders_by_id.get(row["order_id"])
        if row["part"].startswith(MARKER) and order and event and body_of(event):
            country = country_of(order)
            _add(figures, _figures_of(body_of(event), zone, country))
    return figures


def _stored(snapshot: Snapshot) -> Counter[str]:
    figures: Counter[str] = Counter()
    for row in snapshot.sales:
        month = row["month_shard"].partition("#")[0]
        _add(figures, [(f"{month}-{row['figure']}", row["quantity"], row["cents"])])
    return figures


def _add(counter: Counter[str], figures: Iterable[Figure]) -> None:
    for name, count, cents in figures:
        counter[f"{name}, count"] += count
        counter[f"{name}, cents"] += cents


def _figures_of(event: Row, zone: ZoneInfo, country: str) -> Iterator[Figure]:
    """Day and hour are those of the event's timestamp, in the shop's time zone."""
    occurred_at = datetime.fromisoformat(event["occurred_at"]).astimezone(zone)
    day, hour = f"{occurred_at:%Y-%m-%d}", f"{occurred_at:%H%z}"
    name = FIGURES.get(event["type"], event["type"].removeprefix("order_"))
    cents = event.get("total", event.get("refunded", 0))
    yield f"{day}#hour#{hour}#{name}" if name in HOURLY else f"{day}#{name}", 1, cents
    prefix = {"paid": "sku", "cancelled": "refunded-sku"}.get(name)
    for line in event["lines"] if name == "returned" else ():
        yield f"{day}#refunded-sku#{line['sku']}", line["quantity"], line.get("total", 0)
    for line in event.get("lines", ()) if prefix and cents else ():
        yield f"{day}#{prefix}#{line['sku']}", line["quantity"], line_total(line, country)
