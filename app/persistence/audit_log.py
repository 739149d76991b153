"""Audit log: who changed what and when, written in the transaction of the change.

https://owasp.org/www-project-application-security-verification-standard/ (V7, security logging)
"""

from datetime import datetime

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.transactions import TransactWrite
from ulid import ULID

from app.persistence.dynamodb import Table, retrying_transaction, table_name

SYSTEM_ACTOR = "system"  # the actor of changes that no merchant made, such as seeding products
PAGE_SIZE = 50


class AuditLogEntry(Table):
    """One change. Merchants make few changes, so the entries of a month fit into one partition."""

    class Meta:
        table_name = table_name("audit-log")

    month = UnicodeAttribute(hash_key=True)
    entry_id = UnicodeAttribute(range_key=True)
    by = UnicodeAttribute()
    summary = UnicodeAttribute()
    path = UnicodeAttribute()  # the admin page that shows the changed thing
    at = UTCDateTimeAttribute()


def record_change(
    transaction: TransactWrite, summary: str, *, path: str, by: str, now: datetime
) -> None:
    """Add an entry to the transaction that makes the change: both are written, or neither."""
    entry_id = str(ULID.from_datetime(now))
    transaction.save(
        AuditLogEntry(f"{now:%Y-%m}", entry_id, by=by, summary=summary, path=path, at=now),
    )


def record_completed_change(summary: str, *, path: str, by: str, now: datetime) -> None:
    """Write the entry of a change that has already been made, in a transaction of its own.

    This is for order transitions, which customers and workers make too. A crash before this call
    loses the entry, but the rows of the order still say who decided.
    """
    with retrying_transaction() as transaction:
        record_change(transaction, summary, path=path, by=by, now=now)


def list_changes(month: str, *, before: str = "") -> list[AuditLogEntry]:
    """One page of a month's entries, newest first.

    ``month`` is like "2026-05". ``before`` is the last entry id of the previous page.
    """
    earlier = AuditLogEntry.entry_id < before if before else None
    return list(AuditLogEntry.query(month, earlier, scan_index_forward=False, limit=PAGE_SIZE))
