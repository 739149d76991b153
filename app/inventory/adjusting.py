"""Correcting the stock: what broke, what was found, what was counted; and the ledger of it all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pynamodb.exceptions import TransactWriteError

from app.changes import note_change
from app.errors import Conflict
from app.inventory.models import LedgerEntry, Stock
from app.tables import refusals, refused_by_condition, writing_together

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
    actions: list[Any] = [Stock.available.add(wanted.change), Stock.received.add(wanted.change)]
    if wanted.change > 0:
        actions.append(Stock.warned.set(False))
    try:
        with writing_together() as transaction:
            transaction.save(entry, condition=LedgerEntry.sku.does_not_exist())
            what = f"{wanted.reason.capitalize()}: {wanted.change:+d} of {wanted.sku}"
            note_change(transaction, what, where=f"/desk/stock/{wanted.sku}", by=by, now=now)
            transaction.update(
                Stock(wanted.sku), actions=actions, condition=Stock.available >= -wanted.change
            )
    except TransactWriteError as error:
        if not refused_by_condition(error):
            raise
        if refusals(error)[0]:  # the ledger has this one already: the second press of a button
            return
        raise Conflict("So many pieces are not there any more. Nothing was changed.") from error


def ledger_of(sku: str, *, before: datetime | None = None) -> list[LedgerEntry]:
    """A page of why a sku's stock changed, newest first."""
    earlier = LedgerEntry.at < before if before else None
    found = LedgerEntry.by_time.query(sku, earlier, scan_index_forward=False, limit=PAGE)
    return list(found)
