"""The rows of the catalog of bad inputs that one request can test."""

import pytest

from tests.security.conftest import Callers
from tests.security.fuzz import after_checkout, any_endpoint, storefront
from tests.security.fuzz.bad_requests import BadRequest, send

ROWS = (*any_endpoint.ROWS, *storefront.ROWS, *after_checkout.ROWS)


@pytest.mark.parametrize("bad", ROWS, ids=str)
def test_bad_input_gets_the_expected_status(callers: Callers, bad: BadRequest) -> None:
    answer = send(callers, bad)

    assert answer.status_code in bad.answers, answer.text[:300]
    assert "Traceback" not in answer.text
    assert not answer.headers.get("location", "").startswith(("//", "http"))
    assert "a=b" not in answer.headers.get("set-cookie", "")
    assert not bad.never or bad.never not in answer.text
    others = {it for name, it in callers.emails.items() if name != bad.by}
    assert not [email for email in others if email in answer.text]


def test_every_row_of_the_catalog_is_named_once() -> None:
    assert len({str(bad) for bad in ROWS}) == len(ROWS)
