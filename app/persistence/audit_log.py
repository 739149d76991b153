"""Audit log: who changed what and when, written in the transaction of the change.

https://owasp.org/www-project-application-security-verification-standard/ (V7, security logging)
"""

from datetime import UTC, datetime, timedelta
from itertools import islice

from pynamodb.attributes import TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.transactions import TransactWrite
from ulid import ULID

from app.persistence.dynamodb import Table, retrying_transaction, table_name

SYSTEM_ACTOR = "system"  # the actor of changes that no merchant made, such as seeding products
PAGE_SIZE = 50
ENTRY_TTL = timedelta(days=730)  # entries name the merchant: two years are enough to look back


class AuditLogEntry(Table):
    """One change. Merchants make few changes, so the entries of a month fit into one partition.

    ``month`` is one of UTC, like "2026-05", and not of the shop's time zone: the operator's
    commands write entries too, and they do not know that zone.
    """

    class Meta:
        table_name = table_name("audit-log")

    month = UnicodeAttribute(hash_key=True)
    entry_id = UnicodeAttribute(range_key=True)
    by = UnicodeAttribute()
    summary = UnicodeAttribute()
    path = UnicodeAttribute()  # the admin page that shows the changed thing
    at = UTCDateTimeAttribute()
    expires_at = TTLAttribute()


def record_change(
    transaction: TransactWrite, summary: str, *, path: str, by: str, now: datetime
) -> None:
    """Add an entry to the transaction that makes the change: both are written, or neither."""
    entry = AuditLogEntry(_month(now), str(ULID.from_datetime(now)), by=by, at=now)
    entry.summary, entry.path, entry.expires_at = summary, path, now + ENTRY_TTL
    transaction.save(entry)


def record_completed_change(summary: str, *, path: str, by: str, now: datetime) -> None:
    """Write the entry of a change that has already been made, in a transaction of its own.

    This is for order transitions, which customers and workers make too. A crash before this call
    loses the entry, but the rows of the order still say who decided.
    """
    with retrying_transaction() as transaction:
        record_change(transaction, summary, path=path, by=by, now=now)


def list_changes(start: datetime, end: datetime, *, before: str = "") -> list[AuditLogEntry]:
    """One page of the entries from ``start`` to before ``end``, newest first: at most a month.

    ``before`` is the last entry id of the previous page. Entries are stored by months of UTC, so
    the month of another time zone takes a second Query where the first one leaves room.
    """
    first, last = _lowest_id(start), min(before or _lowest_id(end), _lowest_id(end))
    ids = AuditLogEntry.entry_id.between(first, max(first, last))
    months = dict.fromkeys(_month(moment) for moment in (end - timedelta(milliseconds=1), start))
    queries = (
        AuditLogEntry.query(month, ids, scan_index_forward=False, page_size=PAGE_SIZE + 1)
        for month in months
    )
    earlier = (entry for query in queries for entry in query if entry.entry_id < last)
    return list(islice(earlier, PAGE_SIZE))


def _month(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m}"


def _lowest_id(moment: datetime) -> str:
    """The lowest entry id of a millisecond: a ULID begins with ten characters of time."""
    return f"{ULID.from_datetime(moment)!s:.10}".ljust(26, "0")
