"""What merchants changed: who, what and when, written together with the change itself."""

from datetime import datetime

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.transactions import TransactWrite
from ulid import ULID

from app.persistence.dynamodb import Table, in_shop, writing_together

THE_SHOP = "the shop itself"  # who it was when no merchant was: the demo catalogue, a test
PAGE = 50


class Change(Table):
    """One change. Merchants are few and slow, so that a month fits one partition."""

    class Meta:
        table_name = in_shop("changes")

    month = UnicodeAttribute(hash_key=True)
    change_id = UnicodeAttribute(range_key=True)
    by = UnicodeAttribute()
    what = UnicodeAttribute()
    where = UnicodeAttribute()  # the page at the desk that shows it
    at = UTCDateTimeAttribute()


def note_change(
    transaction: TransactWrite, what: str, *, where: str, by: str, now: datetime
) -> None:
    """Note a change in the transaction that makes it: neither is ever there without the other."""
    change_id = str(ULID.from_datetime(now))
    transaction.save(
        Change(f"{now:%Y-%m}", change_id, by=by, what=what, where=where, at=now),
    )


def keep_change(what: str, *, where: str, by: str, now: datetime) -> None:
    """Note a change right after it: where rules make it that are not a merchant's alone.

    An order's moves are made by customers and workers too; the order's own rows say who decided,
    should this note be lost.
    """
    with writing_together() as transaction:
        note_change(transaction, what, where=where, by=by, now=now)


def changes_of(month: str, *, before: str = "") -> list[Change]:
    """A page of a month's changes, newest first; ``before`` is the last one of the page before."""
    earlier = Change.change_id < before if before else None
    return list(Change.query(month, earlier, scan_index_forward=False, limit=PAGE))
