"""Deleted accounts: a mark that stops requests of earlier sessions from storing anything more.

Tombstone: a request that was under way when its account was deleted would otherwise store a cart,
an address or a session again. Of personal data, a mark has only its key, a hash of the email.
"""

from datetime import datetime, timedelta

from pynamodb.attributes import TTLAttribute, UTCDateTimeAttribute
from pynamodb.transactions import TransactWrite

from app.customers.models import VisitorPart, visitor_key
from app.persistence.dynamodb import retrying_transaction

DELETED_ACCOUNT = "deleted_account"
MARK_TTL = timedelta(days=31)  # longer than any session that began before the deletion


class DeletedAccount(VisitorPart, discriminator="deleted_account"):
    """When the customer deleted their account last. Who signs in later begins a new one."""

    deleted_at = UTCDateTimeAttribute()
    expires_at = TTLAttribute()


def mark_deleted(customer: str, *, now: datetime) -> None:
    """From now on, sessions that began by this time store nothing under the customer."""
    key = visitor_key(customer)
    DeletedAccount(key, DELETED_ACCOUNT, deleted_at=now, expires_at=now + MARK_TTL).save()


def require_account(transaction: TransactWrite, customer: str, *, since: datetime | None) -> None:
    """The transaction fails if the account was deleted after the session began (``since``).

    Without a session, it fails if the account was deleted at all.
    """
    is_not_deleted = DeletedAccount.deleted_at.does_not_exist()
    if since:
        is_not_deleted |= DeletedAccount.deleted_at < since
    transaction.condition_check(
        DeletedAccount, visitor_key(customer), DELETED_ACCOUNT, condition=is_not_deleted
    )


def create_under_account(row: VisitorPart, customer: str, *, since: datetime | None) -> None:
    """Save the first row of its kind of a customer, unless the account was deleted.

    A later change needs the row, which a deletion deletes. Raises ``TransactWriteError`` with a
    failed condition if there is such a row, or no such account any more.
    """
    with retrying_transaction() as transaction:
        require_account(transaction, customer, since=since)
        transaction.save(row, condition=VisitorPart.owner.does_not_exist())
