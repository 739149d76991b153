from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from app.persistence.audit_log import PAGE, note_change
from app.persistence.dynamodb import writing_together
from tests.unit.app.web.pages import words

MARCH = datetime(2062, 3, 1, tzinfo=UTC)


def _note(what: str, now: datetime = MARCH) -> None:
    with writing_together() as transaction:
        note_change(transaction, what, where="/desk/products/jug", by="anna", now=now)


def test_a_change_says_who_what_and_when_and_leads_there(merchant: TestClient) -> None:
    _note("Changed Jug: <b>title</b>", MARCH.replace(hour=9))

    page = merchant.get("/desk/changes?month=2062-03")

    assert "Changed Jug: <b>title</b> anna 1 March 2062, 09:00:00 UTC" in words(page)
    assert 'href="/desk/products/jug"' in page.text


def test_a_long_month_has_a_link_to_what_is_older(merchant: TestClient) -> None:
    for minute in range(PAGE + 1):
        _note(f"Change {minute}.", datetime(2063, 3, 1, 9, minute, tzinfo=UTC))

    first = merchant.get("/desk/changes?month=2063-03").text
    link = first.split('">Older')[0].rsplit('href="', 1)[1].replace("&amp;", "&")

    assert "Change 0." not in first
    assert "Change 0." in merchant.get(link).text


def test_a_month_without_changes_says_so(merchant: TestClient) -> None:
    assert "Nothing was changed." in words(merchant.get("/desk/changes?month=2064-01"))


@pytest.mark.parametrize("month", ["2062-13", "march", "1999-01", "2062-3", ""])
def test_a_month_that_is_none_is_refused(merchant: TestClient, month: str) -> None:
    assert merchant.get("/desk/changes", params={"month": month}).status_code == 422
