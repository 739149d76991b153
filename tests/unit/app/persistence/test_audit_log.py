from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from app.persistence.audit_log import PAGE_SIZE, AuditLogEntry, list_changes, record_change
from app.persistence.dynamodb import retrying_transaction

pytestmark = pytest.mark.usefixtures("tables")

_years = count(2040)


def _record_changes(number: int, start: datetime) -> None:
    for minute in range(number):
        now = start + timedelta(minutes=minute)
        with retrying_transaction() as transaction:
            record_change(transaction, f"Change {minute}", path="/admin", by="anna", now=now)


@pytest.fixture
def march() -> datetime:
    """The beginning of March of a year that no other test uses."""
    return datetime(next(_years), 3, 1, tzinfo=UTC)


def _changes_of(march: datetime, before: str = "") -> list[AuditLogEntry]:
    return list_changes(march, march + timedelta(days=31), before=before)


def _summaries(changes: list[AuditLogEntry]) -> list[str]:
    return [change.summary for change in changes]


def test_audit_log_of_a_month_is_listed_newest_first(march: datetime) -> None:
    _record_changes(2, march)

    assert _summaries(_changes_of(march)) == ["Change 1", "Change 0"]


def test_audit_log_of_a_month_without_changes_is_empty(march: datetime) -> None:
    assert _changes_of(march) == []


def test_audit_log_has_pagination(march: datetime) -> None:
    _record_changes(PAGE_SIZE + 1, march)

    first = _changes_of(march)
    rest = _changes_of(march, before=first[-1].entry_id)

    assert len(first) == PAGE_SIZE
    assert _summaries(rest) == ["Change 0"]


def test_change_that_is_not_committed_is_not_in_the_audit_log(march: datetime) -> None:
    transaction = retrying_transaction()
    record_change(transaction, "Never", path="/admin", by="anna", now=march)

    assert _changes_of(march) == []


def test_month_of_another_time_zone_takes_entries_of_two_utc_months(march: datetime) -> None:
    _record_changes(PAGE_SIZE + 10, march - timedelta(minutes=20))
    start = march - timedelta(minutes=15)

    first = list_changes(start, start + timedelta(days=31))
    rest = list_changes(start, start + timedelta(days=31), before=first[-1].entry_id)

    assert _summaries(first + rest) == [f"Change {n}" for n in reversed(range(5, PAGE_SIZE + 10))]


@pytest.mark.parametrize("before", ["!", "0", "~", "Z" * 26])
def test_invalid_entry_id_is_a_page_boundary_like_any_other(march: datetime, before: str) -> None:
    _record_changes(1, march)

    assert _summaries(_changes_of(march, before)) == ["Change 0"] * (before > "1")


def test_entry_expires_after_two_years(march: datetime) -> None:
    _record_changes(1, march)

    (entry,) = _changes_of(march)
    assert entry.expires_at - march.replace(microsecond=0) == timedelta(days=730)
