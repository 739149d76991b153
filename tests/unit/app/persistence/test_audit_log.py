from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from app.persistence.audit_log import PAGE, Change, changes_of, note_change
from app.persistence.dynamodb import writing_together

pytestmark = pytest.mark.usefixtures("tables")

_years = count(2040)


def _noted(number: int, year: int) -> str:
    for minute in range(number):
        now = datetime(year, 3, 1, tzinfo=UTC) + timedelta(minutes=minute)
        with writing_together() as transaction:
            note_change(transaction, f"Change {minute}", where="/desk", by="anna", now=now)
    return f"{year}-03"


def _what(changes: list[Change]) -> list[str]:
    return [change.what for change in changes]


def test_a_month_is_told_newest_first() -> None:
    month = _noted(2, next(_years))

    assert _what(changes_of(month)) == ["Change 1", "Change 0"]


def test_a_month_in_which_nobody_did_anything_is_empty() -> None:
    assert changes_of("2039-01") == []


def test_a_long_month_is_read_page_by_page() -> None:
    month = _noted(PAGE + 1, next(_years))

    first = changes_of(month)
    rest = changes_of(month, before=first[-1].change_id)

    assert len(first) == PAGE
    assert _what(rest) == ["Change 0"]


def test_a_change_that_is_not_made_is_not_noted() -> None:
    march = datetime(next(_years), 3, 1, tzinfo=UTC)
    transaction = writing_together()
    note_change(transaction, "Never", where="/desk", by="anna", now=march)

    assert changes_of(f"{march:%Y-%m}") == []
