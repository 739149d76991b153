from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from app.persistence.audit_log import PAGE_SIZE, record_change
from app.persistence.dynamodb import retrying_transaction
from tests.unit.app.web.pages import page_text

MARCH = datetime(2062, 3, 1, tzinfo=UTC)


def _record(summary: str, now: datetime = MARCH) -> None:
    with retrying_transaction() as transaction:
        record_change(transaction, summary, path="/admin/products/jug", by="anna", now=now)


def test_audit_log_shows_who_changed_what_and_when(merchant: TestClient) -> None:
    _record("Changed Jug: <b>title</b>", MARCH.replace(hour=9))

    page = merchant.get("/admin/audit-log?month=2062-03")

    assert "Changed Jug: <b>title</b> anna 1 March 2062, 10:00:00 CET" in page_text(page)
    assert 'href="/admin/products/jug"' in page.text


def test_audit_log_pagination_links_to_older_entries(merchant: TestClient) -> None:
    for minute in range(PAGE_SIZE + 1):
        _record(f"Change {minute}.", datetime(2063, 3, 1, 9, minute, tzinfo=UTC))

    first = merchant.get("/admin/audit-log?month=2063-03").text
    link = first.split('">Older')[0].rsplit('href="', 1)[1].replace("&amp;", "&")

    assert "Change 0." not in first
    assert "Change 0." in merchant.get(link).text


def test_month_without_audit_log_entries_says_so(merchant: TestClient) -> None:
    assert "No changes." in page_text(merchant.get("/admin/audit-log?month=2064-01"))


@pytest.mark.parametrize("month", ["2062-13", "march", "1999-01", "2062-3", ""])
def test_invalid_month_is_rejected(merchant: TestClient, month: str) -> None:
    assert merchant.get("/admin/audit-log", params={"month": month}).status_code == 422
