"""Stock adjustments: units that broke, were found or were counted, and the stock ledger."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pynamodb.exceptions import TransactWriteError

from app.inventory.models import LedgerEntry, Stock
from app.inventory.reservations import read_stock_consistently
from app.inventory.stock_shards import allocate, insufficient_stock
from app.persistence.audit_log import record_change
from app.persistence.dynamodb import failed_conditions, is_condition_failure, retrying_transaction

AdjustmentReason = Literal["broken", "found", "counted"]
PAGE_SIZE = 25


@dataclass(frozen=True)
class Adjustment:
    """A change of the available units. The form generates the id, so a repeat has no effect."""

    adjustment_id: str
    sku: str
    reason: AdjustmentReason
    change: int

    @classmethod
    def from_count(cls, adjustment_id: str, sku: str, *, counted: int, shown: int) -> "Adjustment":
        """The difference between the counted units and those that the page showed.

        Units that are sold between the count and the adjustment stay sold.
        """
        return cls(adjustment_id, sku, "counted", counted - shown)


def adjust(adjustment: Adjustment, *, by: str, now: datetime) -> None:
    """Change the available and received units, in one transaction with the ledger.

    Idempotent by ``adjustment_id``. Raises ``Conflict`` if fewer units are available than the
    adjustment removes, or if the SKU does not exist.
    """
    sku = adjustment.sku
    entry = LedgerEntry(sku, f"adjust#{adjustment.adjustment_id}", reason=adjustment.reason)
    entry.change, entry.by, entry.at = adjustment.change, by, now
    changes = _changes_by_shard(adjustment)
    try:
        with retrying_transaction() as transaction:
            transaction.save(entry, condition=LedgerEntry.sku.does_not_exist())
            summary = f"{adjustment.reason.capitalize()}: {adjustment.change:+d} of {sku}"
            record_change(transaction, summary, path=f"/admin/stock/{sku}", by=by, now=now)
            for shard_key, change in changes.items():
                actions: list[Any] = [Stock.available.add(change), Stock.received.add(change)]
                if change > 0:
                    actions.append(Stock.low_stock_warned.set(False))
                transaction.update(
                    Stock(shard_key), actions=actions, condition=Stock.available >= -change
                )
    except TransactWriteError as error:
        if not is_condition_failure(error):
            raise
        if failed_conditions(error)[0]:  # a repeat: the entry is in the ledger already
            return
        raise insufficient_stock() from error


def _changes_by_shard(adjustment: Adjustment) -> dict[str, int]:
    """Added units go to the SKU's own row; removed units come from shards that have enough."""
    stock = read_stock_consistently([adjustment.sku]).get(adjustment.sku)
    if stock is None or adjustment.change >= 0 or not stock.extra_shards:
        return {adjustment.sku: adjustment.change}
    allocation = allocate(stock.shards, -adjustment.change)
    return {shard_key: -quantity for shard_key, quantity in allocation.items()}


def list_ledger_entries(sku: str, *, before: datetime | None = None) -> list[LedgerEntry]:
    """One page of a SKU's ledger, newest first."""
    earlier = LedgerEntry.at < before if before else None
    entries = LedgerEntry.by_time.query(sku, earlier, scan_index_forward=False, limit=PAGE_SIZE)
    return list(entries)
