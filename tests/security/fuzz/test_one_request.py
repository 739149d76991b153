"""The catalogue of bad inputs, as far as one request and its answer can tell."""

import pytest

from tests.security.conftest import People
from tests.security.fuzz import after_checkout, any_endpoint, shopping
from tests.security.fuzz.bad_requests import Bad, ask

ROWS = (*any_endpoint.ROWS, *shopping.ROWS, *after_checkout.ROWS)


@pytest.mark.parametrize("bad", ROWS, ids=str)
def test_a_bad_input_is_answered_as_it_should_be(people: People, bad: Bad) -> None:
    answer = ask(people, bad)

    assert answer.status_code in bad.answers, answer.text[:300]
    assert "Traceback" not in answer.text
    assert not answer.headers.get("location", "").startswith(("//", "http"))
    assert "a=b" not in answer.headers.get("set-cookie", "")
    assert not bad.never or bad.never not in answer.text
    others = {it for name, it in people.emails.items() if name != bad.by}
    assert not [email for email in others if email in answer.text]


def test_every_row_of_the_catalogue_is_named_once() -> None:
    assert len({str(bad) for bad in ROWS}) == len(ROWS)
