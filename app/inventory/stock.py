"""Receiving, holding, selling and freeing stock; counters move only inside a transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from app.changes import THE_SHOP, note_change
from app.errors import Conflict
from app.inventory.models import LedgerEntry, Stock
from app.tables import refused_by_condition, writing_together

LOW = 5
LONGEST_KEY = 2_048  # bytes
MANY = 2**31


def hold(transaction: TransactWrite, sku: str, quantity: int, *, price: int) -> None:
    """Set pieces aside, on condition that they are there, on sale, and still cost this."""
    transaction.update(
        Stock(sku),
        actions=[
            Stock.available.add(-quantity),
            Stock.reserved.add(quantity),
        ],
        condition=(Stock.available >= quantity)
        & (Stock.on_sale == True)  # noqa: E712 (an expression, not a comparison)
        & (Stock.price == price),
        return_values="ALL_OLD",
    )


def free(transaction: TransactWrite, sku: str, quantity: int) -> None:
    """Give held pieces back to the shelf."""
    transaction.update(
        Stock(sku),
        actions=[Stock.available.add(quantity), Stock.reserved.add(-quantity)],
        condition=Stock.reserved >= quantity,
    )


def sell(transaction: TransactWrite, sku: str, quantity: int) -> None:
    """Held pieces have left the house."""
    transaction.update(
        Stock(sku),
        actions=[Stock.sold.add(quantity), Stock.reserved.add(-quantity)],
        condition=Stock.reserved >= quantity,
    )


def receive(sku: str, quantity: int, *, delivery: str, now: datetime, by: str = THE_SHOP) -> None:
    """Book pieces in. The same ``delivery`` twice is booked once."""
    entry = LedgerEntry(sku, f"delivery#{delivery}", reason="received", change=quantity, at=now)
    entry.by = by
    try:
        with writing_together() as transaction:
            transaction.save(entry, condition=LedgerEntry.sku.does_not_exist())
            what = f"Booked in {quantity} of {sku}"
            note_change(transaction, what, where=f"/desk/stock/{sku}", by=by, now=now)
            transaction.update(
                Stock(sku),
                actions=[
                    Stock.available.add(quantity),
                    Stock.received.add(quantity),
                    Stock.warned.set(False),
                ],
                condition=Stock.sku.exists(),
            )
    except TransactWriteError as error:
        if not refused_by_condition(error):
            raise
        if not _booked(entry):
            raise Conflict(f"There is no sku {sku}.") from error


def _booked(entry: LedgerEntry) -> bool:
    return any(LedgerEntry.query(entry.sku, LedgerEntry.entry == entry.entry, consistent_read=True))


def on_hand(skus: Iterable[str]) -> dict[str, Stock]:
    """The rows of these skus in one round trip; a sku that is not there is missing.

    Some come from addresses that anybody may write: what can be no key is not asked for, since
    DynamoDB refuses the whole batch for it.
    """
    asked = {sku for sku in skus if 0 < len(sku.encode()) <= LONGEST_KEY}
    return {row.sku: row for row in Stock.batch_get(sorted(asked))}


def write_ledger(
    transaction: TransactWrite,
    lines: Sequence[tuple[str, int]],
    reason: str,
    order_id: str,
    at: datetime,
) -> None:
    """Note for each sku why its stock changed; ``change`` counts what became available."""
    for sku, change in lines:
        transaction.save(
            LedgerEntry(
                sku, f"{order_id}#{reason}", reason=reason, change=change, order_id=order_id, at=at
            )
        )


def running_low(skus: Iterable[str]) -> list[Stock]:
    """Those skus that few are left of, and nobody has been told about."""
    return [s for s in on_hand(skus).values() if s.available <= LOW and not s.warned]


def mark_warned(transaction: TransactWrite, sku: str) -> None:
    transaction.update(
        Stock(sku),
        actions=[Stock.warned.set(True)],
        condition=Stock.warned == False,  # noqa: E712
    )
