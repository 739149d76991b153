"""Correcting the stock: what broke, what was found, what was counted; and the ledger of it all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pynamodb.exceptions import TransactWriteError

from app.errors import Conflict
from app.inventory.models import LedgerEntry, Stock
from app.inventory.reservations import now_on_hand
from app.inventory.stock_shards import take_from
from app.persistence.audit_log import note_change
from app.persistence.dynamodb import refused_by_condition, refused_writes, writing_together

Reason = Literal["broken", "found", "counted"]
PAGE = 25


@dataclass(frozen=True)
class Adjustment:
    """So many pieces more or fewer. The form minted its id: sent twice, it is made once."""

    adjustment_id: str
    sku: str
    reason: Reason
    change: int

    @classmethod
    def counted(cls, adjustment_id: str, sku: str, *, pieces: int, shown: int) -> "Adjustment":
        """Somebody counted while the page showed another number: the difference is what counts.

        What is sold between the counting and this stays sold.
        """
        return cls(adjustment_id, sku, "counted", pieces - shown)


def adjust(wanted: Adjustment, *, by: str, now: datetime) -> None:
    """Change what is available, and what ever came in, in one transaction with the ledger.

    Raises ``Conflict`` when fewer pieces are there than should go, or there is no such sku.
    """
    entry = LedgerEntry(wanted.sku, f"adjust#{wanted.adjustment_id}", reason=wanted.reason)
    entry.change, entry.by, entry.at = wanted.change, by, now
    changes = _by_drawer(wanted)
    try:
        with writing_together() as transaction:
            transaction.save(entry, condition=LedgerEntry.sku.does_not_exist())
            what = f"{wanted.reason.capitalize()}: {wanted.change:+d} of {wanted.sku}"
            note_change(transaction, what, where=f"/desk/stock/{wanted.sku}", by=by, now=now)
            for key, change in changes.items():
                actions: list[Any] = [Stock.available.add(change), Stock.received.add(change)]
                if change > 0:
                    actions.append(Stock.warned.set(False))
                transaction.update(
                    Stock(key), actions=actions, condition=Stock.available >= -change
                )
    except TransactWriteError as error:
        if not refused_by_condition(error):
            raise
        if refused_writes(error)[0]:  # it is in the ledger already: pressed twice
            return
        raise Conflict("So many pieces are not there any more. Nothing was changed.") from error


def _by_drawer(wanted: Adjustment) -> dict[str, int]:
    """What is found goes into the sku's own row; what broke is gone from where there is enough."""
    stock = now_on_hand([wanted.sku]).get(wanted.sku)
    if stock is None or wanted.change >= 0 or not stock.drawers:
        return {wanted.sku: wanted.change}
    return {key: -pieces for key, pieces in take_from(stock.rows, -wanted.change).items()}


def ledger_of(sku: str, *, before: datetime | None = None) -> list[LedgerEntry]:
    """A page of why a sku's stock changed, newest first."""
    earlier = LedgerEntry.at < before if before else None
    found = LedgerEntry.by_time.query(sku, earlier, scan_index_forward=False, limit=PAGE)
    return list(found)
