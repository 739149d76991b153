"""Reads a part of the data for a scheduled verification: recent and open orders, sampled stock.

The cost of a run follows the number of recent orders, not the size of the tables. Rows are read
one after the other while the shop is running, so the order of the reads matters: what follows from
an order is read after the order, and stock is read before and after everything else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zlib import crc32
from zoneinfo import ZoneInfo

from app.verification.snapshot import Row, Rows, Snapshot, body_of, leave_out_newer, ledger_time

INDEX_SHARDS = range(4)
RETURN_SHARDS = ("return_to_decide", "return_due")
SALES_SHARDS = range(8)
SAMPLE_SIZE = 10  # SKUs whose whole ledger is read in each run
ENDS = ("sold", "released")
REASONS = {
    "order_placed": ("reserved",),
    "order_shipped": ENDS,
    "order_cancelled": ENDS,
    "order_declined": ENDS,
}


class Tables(Protocol):
    """Reads rows of the stack's tables as plain values."""

    def scan(self, table: str) -> Iterator[Row]: ...

    def query(
        self, table: str, condition: str, values: Mapping[str, str], *, index: str | None = None
    ) -> Iterator[Row]: ...

    def batch_get(self, table: str, keys: Iterable[Mapping[str, str]]) -> Iterator[Row]: ...


def read_recent(
    tables: Tables,
    *,
    now: datetime,
    days: int,
    time_zone: str,
    waiting: frozenset[str] = frozenset(),
) -> Snapshot:
    """The orders that were placed today and on the days before, ``days`` in all, and all open ones.

    Each run samples other SKUs for the comparison of stock and ledger, so that all have their
    turn. A SKU whose stock changed during the run is left out: its counters and its ledger were
    read at different moments.
    """
    stock_before = list(tables.scan("stock"))
    sample = _sample(stock_before, now)
    whole_ledgers = [row for sku in sample for row in _ledger_of(tables, sku)]
    today = now.astimezone(ZoneInfo(time_zone)).date()
    recent_days = [today - timedelta(days=n) for n in range(days)]
    recent = (it for day in recent_days for it in _placed_on(tables, day))
    order_ids = sorted({*recent, *_open_orders(tables)})
    orders = [row for order_id in order_ids for row in _partition_of(tables, order_id)]
    intents = {f"intent#{row['intent_id']}" for row in orders if row.get("intent_id")}
    known = {(row["sku"], row["entry"]) for row in whole_ledgers}
    snapshot = Snapshot(
        orders=orders,
        ledger=[*whole_ledgers, *_entries_of(tables, orders, known)],
        provider=list(tables.batch_get("provider-records", _keys("record_id", intents))),
        carrier=list(tables.batch_get("carrier-records", _keys("reference", order_ids))),
        sales=_distinct(_sales_of(tables, orders, recent_days)),
        catalog=list(tables.batch_get("catalog", _discounts_of(orders))),
        stock=list(tables.scan("stock")),
        time_zone=time_zone,
        has_all_orders=False,
        waiting=waiting,
        whole_ledgers=frozenset(sample),
        # Today's sales are counted while the rows are read.
        whole_days=frozenset(map(str, recent_days[1:])),
    )
    return _without_changed_ledgers(snapshot, stock_before)


def _sample(stock: Rows, now: datetime) -> Sequence[str]:
    """The next SKUs in turn. The hour selects them, so no state is stored."""
    skus = sorted({_sku(row) for row in stock})
    start = int(now.timestamp()) // 3600 * SAMPLE_SIZE % max(1, len(skus))
    return sorted({*(skus + skus)[start : start + SAMPLE_SIZE]})


def _ledger_of(tables: Tables, sku: str) -> Iterator[Row]:
    return tables.query("stock-ledger", "sku = :sku", {":sku": sku})


def _placed_on(tables: Tables, day: date) -> Iterator[str]:
    for shard in INDEX_SHARDS:
        values = {":day": f"{day:%Y%m%d}#{shard}"}
        for row in tables.query("orders", "day_shard = :day", values, index="by-day"):
            yield row["order_id"]


def _open_orders(tables: Tables) -> Iterator[str]:
    for shard in INDEX_SHARDS:
        yield from _order_ids_in(tables, f"open#{shard}")
    for shard_of_returns in RETURN_SHARDS:
        yield from _order_ids_in(tables, shard_of_returns)


def _order_ids_in(tables: Tables, open_shard: str) -> Iterator[str]:
    values = {":open": open_shard}
    for row in tables.query("orders", "open_shard = :open", values, index="open"):
        yield row["order_id"]


def _partition_of(tables: Tables, order_id: str) -> Iterator[Row]:
    return leave_out_newer(tables.query("orders", "order_id = :id", {":id": order_id}))


def _discounts_of(orders: Rows) -> list[dict[str, str]]:
    """The keys of the discount codes that these orders have."""
    codes = {row["discount_code"] for row in orders if row.get("discount_code")}
    return [{"catalog_id": "discounts", "item_id": code} for code in sorted(codes)]


def _entries_of(tables: Tables, orders: Rows, known: set[tuple[str, str]]) -> Iterator[Row]:
    """The ledger entries of these orders that have not been read with a whole ledger."""
    events = ((row, body_of(row)) for row in orders if row["part"].startswith("event#"))
    keys = {
        (line["sku"], f"{ledger_time(body)}#{row['order_id']}#{reason}")
        for row, body in events
        for line in body.get("lines", ())
        for reason in _reasons(body)
    }
    wanted = [{"sku": sku, "entry": entry} for sku, entry in sorted(keys - known)]
    return tables.batch_get("stock-ledger", wanted)


def _reasons(event: Row) -> Sequence[str]:
    """Those of an event's ledger entries. A reservation that ended in both ways is found too."""
    if event["type"] == "return_refunded":
        return (f"returned#{event['return_number']}",)
    return REASONS.get(event["type"], ())


def _sales_of(tables: Tables, orders: Rows, days: Sequence[date]) -> Iterator[Row]:
    """The facts of the orders' events, and the sums of the months of them and of these days.

    Hours that are due for the roll-up come with all their facts. Months are those of hours in UTC.
    """
    bodies = (body_of(row) for row in orders if row["part"].startswith("event#"))
    events = [it for it in bodies if it]
    yield from tables.batch_get("sales", map(_fact_key, events))
    times = (_occurred_at(it) for it in events)
    around = (day + timedelta(days=n) for day in days for n in (-1, 0, 1))
    for month in sorted({f"{it:%Y-%m}" for it in (*around, *times)}):
        for hour in tables.query("sales", "period = :period", {":period": month}):
            yield hour
            if hour.get("due"):
                yield from _facts_of(tables, hour["entry"])


def _distinct(sales: Iterable[Row]) -> Rows:
    """Each row once: the fact of an event in an hour that is due was read twice."""
    return list({(row["period"], row["entry"]): row for row in sales}.values())


def _fact_key(event: Row) -> dict[str, str]:
    shard = crc32(event["event_id"].encode()) % len(SALES_SHARDS)
    return {"period": f"{_occurred_at(event):%Y-%m-%dT%H}#{shard}", "entry": event["event_id"]}


def _occurred_at(event: Row) -> datetime:
    return datetime.fromisoformat(event["occurred_at"]).astimezone(UTC)


def _facts_of(tables: Tables, hour: str) -> Iterator[Row]:
    for shard in SALES_SHARDS:
        yield from tables.query("sales", "period = :period", {":period": f"{hour}#{shard}"})


def _without_changed_ledgers(snapshot: Snapshot, stock_before: Rows) -> Snapshot:
    before = {row["sku"]: row for row in stock_before}
    changed = {_sku(row) for row in snapshot.stock if before.get(row["sku"]) != row}
    return replace(snapshot, whole_ledgers=snapshot.whole_ledgers - changed)


def _keys(name: str, values: Iterable[str]) -> list[dict[str, str]]:
    return [{name: value} for value in sorted(values)]


def _sku(stock_row: Row) -> str:
    return str(stock_row["sku"].partition("#")[0])
