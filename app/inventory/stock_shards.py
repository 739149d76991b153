"""A sku in several drawers: rows of stock of their own, so that a crowd does not wait at one.

Each drawer is a row like any other, with its own counters, price and `on_sale`; the sku's own row
is the first of them and says how many more there are. A piece never moves while it is held: an
order remembers from which drawer it took, and gives it back there.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition

from app.errors import Conflict
from app.inventory.models import Stock
from app.persistence.audit_log import note_change
from app.persistence.dynamodb import refused_by_condition, writing_together

MOST_DRAWERS = 16

type Taken = Mapping[str, int]  # pieces by the drawer's key


def drawer(sku: str, number: int) -> str:
    """Its key. No sku of ours has this sign, and the sku's own row is the first drawer."""
    return f"{sku}#{number}" if number else sku


def is_drawer(key: str) -> bool:
    return "#" in key


def drawers_of(row: Stock) -> list[str]:
    """The keys of those beside the sku's own row."""
    return [drawer(row.sku, number) for number in range(1, row.drawers + 1)]


def added_up(rows: Sequence[Stock]) -> Stock:
    """All drawers of a sku as one, to be shown and reckoned with, never saved."""
    first = rows[0]
    whole = Stock(first.sku, price=first.price, on_sale=first.on_sale, warned=first.warned)
    whole.drawers, whole.rows = first.drawers, tuple(rows)
    for name in ("available", "reserved", "sold", "received"):
        setattr(whole, name, sum(getattr(row, name) for row in rows))
    return whole


def take_from(rows: Iterable[Stock], pieces: int) -> Taken:
    """Where so many can be taken: from one drawer if any has enough, else from the fullest.

    Which one is chance, the fuller the likelier: a crowd spreads by itself. Raises ``Conflict``
    when all of them together have too few.
    """
    filled = [row for row in rows if row.available > 0]
    if enough := [row for row in filled if row.available >= pieces]:
        (one,) = random.choices(enough, [row.available for row in enough])  # noqa: S311
        return {one.sku: pieces}
    taken: dict[str, int] = {}
    for row in sorted(filled, key=lambda row: -row.available):
        taken[row.sku] = min(row.available, pieces - sum(taken.values()))
        if sum(taken.values()) == pieces:
            return taken
    raise Conflict("So many pieces are not there any more. Nothing was changed.")


def shares(keys: Sequence[str], pieces: int) -> Taken:
    """As many for each drawer, and one more for the first ones."""
    each, more = divmod(pieces, len(keys))
    found = {key: each + (place < more) for place, key in enumerate(keys)}
    return {key: share for key, share in found.items() if share}


def spread(rows: Sequence[Stock], drawers: int, *, by: str, now: datetime) -> None:
    """Let a sku have so many more drawers, and divide what is available; 0 gathers it in one.

    ``rows`` are all it has, as just read: raises ``Conflict`` when somebody was faster. Drawers
    that were there stay, since orders may still give back to them; what lies there is still sold.
    """
    first, wanted = rows[0], max(drawers, rows[0].drawers)
    there = {row.sku: row for row in rows}
    keys = [drawer(first.sku, number) for number in range(wanted + 1)]
    there_is = sum(row.available for row in rows)
    goal = {**dict.fromkeys(keys, 0), **shares(keys[: drawers + 1], there_is)}
    try:
        with writing_together() as transaction:
            note_change(
                transaction,
                f"Divided {first.sku} into {drawers + 1} drawers",
                where=f"/desk/stock/{first.sku}",
                by=by,
                now=now,
            )
            for key in keys:
                row = there.get(key)
                if row is None:
                    fresh = Stock(key, price=first.price, on_sale=first.on_sale)
                    fresh.available = fresh.received = goal[key]
                    transaction.save(fresh, condition=Stock.sku.does_not_exist())
                    continue
                more = goal[key] - row.available
                transaction.update(
                    row,
                    actions=[
                        Stock.available.add(more),
                        Stock.received.add(more),
                        Stock.drawers.set(wanted if key == first.sku else 0),
                    ],
                    condition=_as_read(row),
                )
    except TransactWriteError as error:
        if not refused_by_condition(error):
            raise
        raise Conflict("Somebody bought while the drawers were filled. Try again.") from error


def _as_read(row: Stock) -> Condition:
    same: Condition = (
        (Stock.available == row.available)
        & (Stock.price == row.price)
        & (Stock.on_sale == row.on_sale)
    )
    return same
