"""Receiving, holding, selling and freeing stock; counters move only inside a transaction."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from app.errors import Conflict
from app.inventory.models import LedgerEntry, Stock
from app.inventory.stock_shards import added_up, drawers_of, is_drawer, shares
from app.persistence.audit_log import THE_SHOP, note_change
from app.persistence.dynamodb import refused_by_condition, writing_together

LOW = 5
LONGEST_KEY = 2_048  # bytes
MANY = 2**31

type Read = Callable[[list[str]], Iterable[Stock]]


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
    stock = now_on_hand([sku]).get(sku)
    into = shares([row.sku for row in stock.rows], quantity) if stock else {sku: quantity}
    try:
        with writing_together() as transaction:
            transaction.save(entry, condition=LedgerEntry.sku.does_not_exist())
            what = f"Booked in {quantity} of {sku}"
            note_change(transaction, what, where=f"/desk/stock/{sku}", by=by, now=now)
            for key, pieces in into.items():
                transaction.update(
                    Stock(key),
                    actions=[
                        Stock.available.add(pieces),
                        Stock.received.add(pieces),
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
    """The stock of these skus in one round trip; a sku that is not there is missing.

    Drawers are added up, and take a second round trip where there are any.
    """
    return _added_up(_rows(skus, Stock.batch_get), Stock.batch_get)


def now_on_hand(skus: Iterable[str]) -> dict[str, Stock]:
    """The same as of this very moment, for who is about to write."""
    read = partial(Stock.batch_get, consistent_read=True)
    return _added_up(_rows(skus, read), read)


def _rows(skus: Iterable[str], read: Read) -> list[Stock]:
    """Some skus come from addresses that anybody may write: what can be no key is not asked for,
    since DynamoDB refuses the whole batch for it; nor is a drawer, which is no sku.
    """
    asked = {sku for sku in skus if 0 < len(sku.encode()) <= LONGEST_KEY and not is_drawer(sku)}
    return list(read(sorted(asked)))


def _added_up(rows: list[Stock], read: Read) -> dict[str, Stock]:
    keys = [key for row in rows for key in drawers_of(row)]
    others = {row.sku: row for row in read(keys)} if keys else {}
    return {
        row.sku: added_up([row, *(others[key] for key in drawers_of(row) if key in others)])
        for row in rows
    }


def change_every_drawer(
    transaction: TransactWrite, skus: Sequence[str], actions: Sequence[Action]
) -> None:
    """For what all drawers of a sku share; refused if there are more than were read, or none."""
    stock = now_on_hand(skus)
    for sku in skus:
        _change_all(transaction, stock.get(sku, Stock(sku)), actions)


def _change_all(transaction: TransactWrite, stock: Stock, actions: Sequence[Action]) -> None:
    same = Stock.drawers == stock.drawers
    if not stock.drawers:
        same |= Stock.drawers.does_not_exist()  # a row from before there were any
    for row in stock.rows or (stock,):
        exists = Stock.sku.exists()
        condition = exists & same if row.sku == stock.sku else exists
        transaction.update(Stock(row.sku), actions=[*actions], condition=condition)


def write_ledger(
    lines: Sequence[tuple[str, int]], reason: str, order_id: str, at: datetime
) -> None:
    """Note for each sku why its stock changed; ``change`` counts what became available.

    A repeat writes the same rows over: they need no transaction, which would cost twice.
    """
    for sku, change in lines:
        entry = LedgerEntry(sku, f"{order_id}#{reason}", reason=reason, change=change, at=at)
        entry.order_id = order_id
        entry.save()


def running_low(skus: Iterable[str]) -> list[Stock]:
    """Those skus that few are left of, and nobody has been told about."""
    return [s for s in on_hand(skus).values() if s.available <= LOW and not s.warned]


def mark_warned(transaction: TransactWrite, sku: str) -> None:
    transaction.update(
        Stock(sku),
        actions=[Stock.warned.set(True)],
        condition=Stock.warned == False,  # noqa: E712
    )
