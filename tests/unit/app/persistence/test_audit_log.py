from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from app.persistence.audit_log import PAGE_SIZE, AuditLogEntry, list_changes, record_change
from app.persistence.dynamodb import retrying_transaction

pytestmark = pytest.mark.usefixtures("tables")

_years = count(2040)


def _record_changes(number: int, year: int) -> str:
    for minute in range(number):
        now = datetime(year, 3, 1, tzinfo=UTC) + timedelta(minutes=minute)
        with retrying_transaction() as transaction:
            record_change(transaction, f"Change {minute}", path="/admin", by="anna", now=now)
    return f"{year}-03"


def _summaries(changes: list[AuditLogEntry]) -> list[str]:
    return [change.summary for change in changes]


def test_audit_log_of_a_month_is_listed_newest_first() -> None:
    month = _record_changes(2, next(_years))

    assert _summaries(list_changes(month)) == ["Change 1", "Change 0"]


def test_audit_log_of_a_month_without_changes_is_empty() -> None:
    assert list_changes("2039-01") == []


def test_audit_log_has_pagination() -> None:
    month = _record_changes(PAGE_SIZE + 1, next(_years))

    first = list_changes(month)
    rest = list_changes(month, before=first[-1].entry_id)

    assert len(first) == PAGE_SIZE
    assert _summaries(rest) == ["Change 0"]


def test_change_that_is_not_committed_is_not_in_the_audit_log() -> None:
    march = datetime(next(_years), 3, 1, tzinfo=UTC)
    transaction = retrying_transaction()
    record_change(transaction, "Never", path="/admin", by="anna", now=march)

    assert list_changes(f"{march:%Y-%m}") == []
