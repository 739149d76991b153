"""What is read from outside, without a cloud: nothing whatsoever is a failure of the reader."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import Headers

from app.card_numbers import has_card_number
from app.errors import Conflict, NotFound
from app.money import parse_amount
from app.orders.events import UnreadableEvent, read_event
from app.orders.signed_links import check_order_key, order_key, verify_checkout_form, sign_checkout_form
from app.web.http.forms import Email, Line, WholeNumber
from app.web.http.locale import preferred_language
from app.web.security.redirects import local_path
from app.web.security.cookies import cookie_value
from tests.security.fuzz import strategies as of
from workers.batch import process_events
from workers.execution_events import read_failed_execution
from workers.s3_events import parse_uploads

GOLDEN = [
    json.loads(path.read_text())
    for path in sorted((Path(__file__).parents[2] / "unit/app/orders/golden").glob("*.json"))
]
WRONG: tuple[Any, ...] = (None, True, 1.5, -1, "1", [], {}, 2**63)
DEEP = '{"x":' * 100_000
SHOP = "https://shop.example/"
ORDER = "0" * 26

fuzz = settings(max_examples=150, database=None, deadline=None)


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda it: it["type"])
def test_an_event_that_differs_in_one_field_is_none(golden: dict[str, Any]) -> None:
    """A text in place of an id is an id; all else that is of another kind is refused."""
    kinds = {name: type(value) for name, value in golden.items()}
    others = [
        golden | {name: value}
        for name, kind in kinds.items()
        for value in WRONG
        if not isinstance(value, kind) or (kind is int and value == -1)
    ]
    others += [{k: v for k, v in golden.items() if k != name} for name in {*golden} - {"version"}]
    others += [golden | {"version": 99}, golden | {"more": 1}, golden | {"type": "order_lost"}]

    assert [it for it in others if is_an_event(json.dumps(it))] == []


def is_an_event(body: str) -> bool:
    try:
        read_event(body)
    except UnreadableEvent:
        return False
    return True


@fuzz
@given(st.one_of(of.text, st.text(max_size=200), st.recursive(of.text, st.lists).map(json.dumps)))
@example(DEEP)
@example("[" * 100_000)
@example('{"event_id": "\ud800"}')
@example("9" * 10_000)
def test_no_message_whatsoever_breaks_the_reader(body: str) -> None:
    assert not is_an_event(body)


@fuzz
@given(st.one_of(of.text, st.text(max_size=200), st.recursive(of.text, st.lists).map(json.dumps)))
@example(DEEP)
@example('{"detail": {"name": "\ud800", "status": "FAILED"}}')
@example('{"detail": {"name": 1, "status": "FAILED"}}')
def test_no_notice_whatsoever_breaks_the_reader(body: str) -> None:
    with pytest.raises(UnreadableEvent):
        read_failed_execution({"body": body})


def test_a_message_that_is_endlessly_deep_keeps_no_other_from_being_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    buried: list[str] = []
    monkeypatch.setattr("workers.batch.send_to_dlq", lambda body, *_: buried.append(body))
    done: list[str] = []
    records = [{"messageId": str(n), "body": it} for n, it in enumerate([DEEP, GOOD])]

    answer = process_events({"Records": records}, Unhurried(), collect(done), worker="tests")

    assert answer == {"batchItemFailures": []}
    assert (buried, len(done)) == ([DEEP], 1)


GOOD = json.dumps(GOLDEN[0])


class Unhurried:
    """A function's context with time enough."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def collect(into: list[str]) -> Any:
    return lambda event: into.append(event.event_id)


@fuzz
@given(of.text)
def test_a_key_that_we_did_not_sign_opens_nothing(made_up: str) -> None:
    with pytest.raises(NotFound):
        check_order_key(ORDER, made_up, "secret")
    with pytest.raises(Conflict):
        verify_checkout_form(made_up, "visitor", "secret")


@fuzz
@given(st.integers(min_value=0), st.characters(exclude_categories=["Cs"]))
def test_one_other_character_is_no_signature(place: int, other: str) -> None:
    for signed in (order_key(ORDER, "secret"), sign_checkout_form(ORDER, "visitor", "secret")):
        at = place % signed.rindex(".")  # the last characters of Base64 have bits that do not count
        forged = signed[:at] + other + signed[at + 1 :]
        if forged != signed:
            with pytest.raises((NotFound, Conflict)):
                check_order_key(ORDER, forged, "secret")
            with pytest.raises((NotFound, Conflict)):
                verify_checkout_form(forged, "visitor", "secret")


@fuzz
@given(st.one_of(of.place, st.text(max_size=30), st.text("/\\@:.?#%0a9 \t", max_size=12)))
@example("/\t/evil.example")
@example("/%09/evil.example")
def test_whatever_is_asked_for_the_way_on_stays_in_the_shop(path: str) -> None:
    assert urlsplit(urljoin(SHOP, local_path(path)))[:2] == urlsplit(SHOP)[:2]
    assert local_path(path).isascii()
    assert local_path(path).isprintable()


@fuzz
@given(of.text)
def test_no_header_whatsoever_breaks_its_reader(text: str) -> None:
    raw = text.encode("utf-8", "replace")
    assert preferred_language(text)
    assert isinstance(cookie_value(Headers(raw=[(b"cookie", raw)]), "visitor"), str)


@fuzz
@given(text=st.one_of(of.money, of.quantity, of.email, of.name))
def test_no_field_whatsoever_breaks_its_reader(text: str) -> None:
    with suppress(ValueError):
        assert 0 <= parse_amount(text) < 10**8
    for kind in (Line, Email, WholeNumber):
        with suppress(ValidationError):
            TypeAdapter[Any](kind).validate_python(text)
    assert has_card_number(text) in (True, False)


@fuzz
@given(st.text(max_size=60))
def test_the_name_of_an_upload_may_be_anything(key: str) -> None:
    ((read, _),) = parse_uploads({"Records": [{"s3": {"object": {"key": key}}}]})

    assert isinstance(read, str)
