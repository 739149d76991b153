"""Stock adjustments: units that broke, were found or were counted, and the stock ledger."""

from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any, Literal

from pynamodb.exceptions import DoesNotExist, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from app.errors import Conflict
from app.inventory.models import LedgerEntry, Stock
from app.inventory.reservations import read_stock_consistently
from app.inventory.stock_shards import allocate, insufficient_stock
from app.persistence.audit_log import record_change
from app.persistence.dynamodb import failed_conditions, is_condition_failure, retrying_transaction

AdjustmentReason = Literal["broken", "found", "counted"]
PAGE_SIZE = 25
END_OF_TIMES = ":"  # greater than each key that begins with a time, and less than the others


@dataclass(frozen=True)
class Adjustment:
    """A change of the available units. The form generates the id, so a repeat has no effect."""

    adjustment_id: str
    sku: str
    reason: AdjustmentReason
    change: int
    expected_version: int | None = None

    @classmethod
    def from_count(
        cls, adjustment_id: str, sku: str, *, counted: int, shown: int, version: int
    ) -> "Adjustment":
        """The difference between the counted units and those that the page showed.

        Units that are sold between the count and the adjustment stay sold. ``version`` is the
        number of ``merchant_changes`` that the page showed: another delivery, count or adjustment
        since then is perhaps a part of this count already.
        """
        return cls(adjustment_id, sku, "counted", counted - shown, expected_version=version)


class StaleCount(Conflict):
    """Optimistic locking: the stock changed since it was counted. ``entries``, newest first."""

    def __init__(self, entries: list[LedgerEntry]) -> None:
        super().__init__("The stock was changed after you opened this page:")
        self.entries = entries


class AlreadySubmitted(Conflict):
    """The form was submitted before, with other values: ``entry`` is what it changed."""

    def __init__(self, entry: LedgerEntry) -> None:
        super().__init__("This form was already submitted:")
        self.entry = entry


def adjust(adjustment: Adjustment, *, by: str, now: datetime) -> None:
    """Change the available and received units, in one transaction with the ledger.

    Idempotent by ``adjustment_id``. Raises ``AlreadySubmitted`` if the id belongs to another
    adjustment, ``StaleCount`` if a merchant has changed the stock since it was counted, and
    ``Conflict`` if fewer units are available than the adjustment removes, or if the SKU does not
    exist.
    """
    sku = adjustment.sku
    form = f"adjust#{adjustment.adjustment_id}"
    entry = LedgerEntry.of_merchant(sku, form, adjustment.reason, now)
    entry.change, entry.by = adjustment.change, by
    changes = _changes_by_shard(adjustment)
    try:
        with retrying_transaction() as transaction:
            transaction.save(entry, condition=LedgerEntry.sku.does_not_exist())
            summary = f"{adjustment.reason.capitalize()}: {adjustment.change:+d} of {sku}"
            record_change(transaction, summary, path=f"/admin/stock/{sku}", by=by, now=now)
            for shard_key, change in changes.items():
                _change_shard(transaction, adjustment, shard_key, change)
    except TransactWriteError as error:
        if not is_condition_failure(error):
            raise
        if failed_conditions(error)[0]:  # the entry is in the ledger already
            return _raise_unless_repeat(entry)
        raise _refusal(adjustment) from error


def _change_shard(
    transaction: TransactWrite, adjustment: Adjustment, shard_key: str, change: int
) -> None:
    actions: list[Any] = [Stock.available.add(change), Stock.received.add(change)]
    if change > 0:
        actions.append(Stock.low_stock_warned.set(False))
    condition: Condition = Stock.available >= -change
    if shard_key == adjustment.sku:
        actions.append(Stock.merchant_changes.add(1))
        if adjustment.expected_version is not None:
            condition = condition & _is_at(adjustment.expected_version)
    transaction.update(Stock(shard_key), actions=actions, condition=condition)


def _is_at(version: int) -> Condition:
    same: Condition = Stock.merchant_changes == version
    return same if version else same | Stock.merchant_changes.does_not_exist()


def is_adjusted(sku: str, adjustment_id: str) -> bool:
    """Whether an adjustment with this id is in the ledger."""
    try:
        LedgerEntry.get(sku, f"adjust#{adjustment_id}", consistent_read=True)
    except DoesNotExist:
        return False
    return True


def _raise_unless_repeat(entry: LedgerEntry) -> None:
    stored = LedgerEntry.get(entry.sku, entry.entry, consistent_read=True)
    if (stored.reason, stored.change) != (entry.reason, entry.change):
        raise AlreadySubmitted(stored)


def _refusal(adjustment: Adjustment) -> Conflict:
    stock = read_stock_consistently([adjustment.sku]).get(adjustment.sku)
    expected = adjustment.expected_version
    if stock is None or expected is None or stock.merchant_changes == expected:
        return insufficient_stock()
    missed = stock.merchant_changes - expected
    return StaleCount(_latest_merchant_entries(adjustment.sku, missed))


def _latest_merchant_entries(sku: str, count: int) -> list[LedgerEntry]:
    """The latest deliveries and adjustments, newest first, at most a page of them."""
    entries = LedgerEntry.merchant_changes.query(sku, scan_index_forward=False, page_size=PAGE_SIZE)
    changes = (it for it in entries if _counts_as_change(it))
    return list(islice(changes, min(count, PAGE_SIZE)))


def _counts_as_change(entry: LedgerEntry) -> bool:
    return entry.entry.startswith(("delivery#", "adjust#"))


def _changes_by_shard(adjustment: Adjustment) -> dict[str, int]:
    """Added units go to the SKU's own row; removed units come from shards that have enough.

    The SKU's own row is always written, because it counts the changes.
    """
    stock = read_stock_consistently([adjustment.sku]).get(adjustment.sku)
    if stock is None or adjustment.change >= 0 or not stock.extra_shards:
        return {adjustment.sku: adjustment.change}
    allocation = allocate(stock.shards, -adjustment.change)
    removed = {shard_key: -quantity for shard_key, quantity in allocation.items()}
    return {adjustment.sku: 0} | removed


def list_ledger_entries(stock: Stock, *, before: datetime | None = None) -> list[LedgerEntry]:
    """One page of a SKU's ledger, newest first: entries of orders and merchants' changes."""
    sku = stock.sku
    end = LedgerEntry.at.serialize(before) if before else END_OF_TIMES
    earlier = LedgerEntry.merchant_at < before if before else None
    newest_first: dict[str, Any] = {"scan_index_forward": False, "limit": PAGE_SIZE}
    of_orders = LedgerEntry.query(sku, LedgerEntry.entry < end, **newest_first)
    of_merchants = LedgerEntry.merchant_changes.query(sku, earlier, **newest_first)
    first = _first_entry(stock, before)
    entries = merge(of_orders, of_merchants, first, key=lambda it: it.at, reverse=True)
    return list(islice(entries, PAGE_SIZE))


def _first_entry(stock: Stock, before: datetime | None) -> list[LedgerEntry]:
    """The units that the SKU was created with, which its own row holds."""
    at = stock.created_at
    if at is None or (before and at >= before):
        return []
    entry = LedgerEntry.of_merchant(stock.sku, "delivery#first", "received", at)
    entry.change = stock.first_units or 0
    return [entry]
