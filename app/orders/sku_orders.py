"""The orders of a SKU, newest or oldest first, by the stock ledger of that SKU.

Its keys begin with the time, and the entry of a reservation names its order: one Query finds a page
of them, and no order of another SKU is read. The ledger is written by a worker, so an order is
found once its event is handled.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import batched
from typing import Any

from app.inventory.models import LedgerEntry
from app.orders.models import Order
from app.orders.order_list import (
    MAX_BATCH,
    PAGE_SIZE,
    OrderFilter,
    OrderPage,
    decode_cursor,
    encode_cursor,
    read_orders,
)
from app.shop_time import start_of_day

MAX_ENTRIES = 75  # that a page reads: an order has two or three
RESERVATIONS = LedgerEntry.reason == "reserved"
CURSOR = re.compile(r"2[0-9-]{9}T[0-9:]{8}\.[0-9]{6}\+0000#[0-9A-Z]{26}#[a-z]{1,10}(#[0-9]{1,4})?")


def list_sku_orders(chosen: OrderFilter, cursor: str = "") -> OrderPage:
    """One page. It reads as many orders as a page may have: the filter may leave out some of them.

    Raises ``ValueError`` if the cursor is not ours.
    """
    after = decode_cursor(cursor, CURSOR)[0] if cursor else ""
    rows = _reservations(chosen, after, page_size=MAX_ENTRIES)
    if rows is None:
        return OrderPage((), "")
    found = map(LedgerEntry.from_raw_data, next(rows.page_iter)["Items"])
    entries = [it for it in found if it.entry != after]
    shown, left = entries[:PAGE_SIZE], entries[PAGE_SIZE:]
    last = rows.page_iter.last_evaluated_key
    reached = shown[-1].entry if left else last["entry"]["S"] if last else ""
    return OrderPage(tuple(_read(shown, chosen)), reached and encode_cursor(reached))


def all_sku_orders(chosen: OrderFilter) -> Iterator[Order]:
    """Every order, for an export."""
    for entries in batched(_reservations(chosen, "") or (), MAX_BATCH):
        yield from _read(entries, chosen)


def _read(entries: Sequence[LedgerEntry], chosen: OrderFilter) -> Iterator[Order]:
    order_ids = [str(it.order_id) for it in entries]
    return filter(chosen.matches, read_orders(order_ids, consistent=False))


def _reservations(chosen: OrderFilter, after: str, **options: Any) -> Any:
    """A Query of the days of the list from this entry on, or None if no day is left."""
    start, end = _start_of(chosen.first), _start_of(chosen.last + timedelta(days=1))
    if after and chosen.oldest_first:
        start = max(start, after)
    elif after:
        end = min(end, after)
    if start > end:
        return None
    return LedgerEntry.query(
        chosen.sku,
        LedgerEntry.entry.between(start, end),
        RESERVATIONS,
        scan_index_forward=chosen.oldest_first,
        **options,
    )


def _start_of(day: date) -> str:
    """The first key of a day; every key comes after that of ``date.min``, for any first day."""
    return "0" if day == date.min else str(LedgerEntry.at.serialize(start_of_day(day)))
