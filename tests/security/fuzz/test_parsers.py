"""Fuzzes the parsers of external input: each accepts a value or raises its own error."""

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
from app.money import read_money
from app.orders.events import UnreadableEvent, read_event
from app.orders.signed_links import (
    check_order_key,
    order_key,
    sign_checkout_form,
    verify_checkout_form,
)
from app.web.http.forms import Email, LongLine, OptionalLine, WholeNumber
from app.web.http.locale import preferred_language
from app.web.security.cookies import cookie_value
from app.web.security.redirects import local_path
from tests.builders import a_batch
from tests.security.fuzz import strategies as of
from workers.batch import process_batch, read_order_event
from workers.execution_events import read_failed_execution
from workers.s3_events import parse_uploads

GOLDEN = [
    json.loads(path.read_text())
    for path in sorted((Path(__file__).parents[2] / "unit/app/orders/golden").glob("*.json"))
]
WRONG_VALUES: tuple[Any, ...] = (None, True, 1.5, -1, "1", [], {}, 2**63)
# That older code did not write. An event without a trace is of an older order.
OPTIONAL_FIELDS = {it["type"]: {"traceparent"} for it in GOLDEN} | {
    "order_paid": {"lines", "traceparent"}
}
DEEP = '{"x":' * 100_000
ORIGIN = "https://shop.example/"
ORDER = "0" * 26

fuzz = settings(max_examples=150, database=None)


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda it: it["type"])
def test_event_with_one_invalid_field_is_unreadable(golden: dict[str, Any]) -> None:
    """Any string is a valid id; every other value of a wrong type is rejected."""
    kinds = {name: type(value) for name, value in golden.items()}
    others = [
        golden | {name: value}
        for name, kind in kinds.items()
        for value in WRONG_VALUES
        if not isinstance(value, kind) or (kind is int and value == -1)
    ]
    required = {*golden} - {"version"} - OPTIONAL_FIELDS[golden["type"]]
    others += [{k: v for k, v in golden.items() if k != name} for name in required]
    others += [golden | {"version": 99}, golden | {"type": "order_lost"}]

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
def test_reader_rejects_any_message_that_is_no_event(body: str) -> None:
    assert not is_an_event(body)


@fuzz
@given(st.one_of(of.text, st.text(max_size=200), st.recursive(of.text, st.lists).map(json.dumps)))
@example(DEEP)
@example('{"detail": {"name": "\ud800", "status": "FAILED"}}')
@example('{"detail": {"name": 1, "status": "FAILED"}}')
def test_reader_rejects_any_failed_execution_event_that_is_malformed(body: str) -> None:
    with pytest.raises(UnreadableEvent):
        read_failed_execution({"body": body})


def test_deeply_nested_message_does_not_block_the_others_of_its_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dead_letters: list[str] = []
    monkeypatch.setattr("workers.batch.send_to_dlq", lambda body, *_: dead_letters.append(body))
    done: list[str] = []

    answer = process_batch(
        a_batch(DEEP, GOOD),
        LambdaContextStub(),
        collect_event_ids(done),
        read=read_order_event,
        worker="tests",
    )

    assert answer == {"batchItemFailures": []}
    assert (dead_letters, len(done)) == ([DEEP], 1)


GOOD = json.dumps(GOLDEN[0])


class LambdaContextStub:
    """A Lambda context with enough time left."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def collect_event_ids(into: list[str]) -> Any:
    return lambda event: into.append(event.event_id)


@fuzz
@given(of.text)
def test_unsigned_order_key_is_refused(made_up: str) -> None:
    with pytest.raises(NotFound):
        check_order_key(ORDER, made_up, "secret")
    with pytest.raises(Conflict):
        verify_checkout_form(made_up, "visitor", "secret")


@fuzz
@given(st.integers(min_value=0), st.characters(exclude_categories=["Cs"]))
def test_changing_one_character_invalidates_a_signature(place: int, other: str) -> None:
    for signed in (order_key(ORDER, "secret"), sign_checkout_form(ORDER, "visitor", "secret")):
        at = place % signed.rindex(".")  # the last characters of Base64 have unused bits
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
def test_redirect_target_is_always_a_path_of_the_shop(path: str) -> None:
    assert urlsplit(urljoin(ORIGIN, local_path(path)))[:2] == urlsplit(ORIGIN)[:2]
    assert local_path(path).isascii()
    assert local_path(path).isprintable()


@fuzz
@given(of.text)
def test_locale_and_cookie_readers_accept_any_header(text: str) -> None:
    raw = text.encode("utf-8", "replace")
    assert preferred_language(text)
    assert isinstance(cookie_value(Headers(raw=[(b"cookie", raw)]), "visitor"), str)


@fuzz
@given(text=st.one_of(of.money, of.quantity, of.email, of.name))
def test_field_readers_accept_or_reject_any_text(text: str) -> None:
    with suppress(ValueError):
        assert 0 <= read_money(text) < 10**8
    for kind in (LongLine, OptionalLine, Email, WholeNumber):
        with suppress(ValidationError):
            TypeAdapter[Any](kind).validate_python(text)
    assert has_card_number(text) in (True, False)


@fuzz
@given(st.text(max_size=60))
def test_upload_key_may_be_any_text(key: str) -> None:
    ((read, _),) = parse_uploads({"Records": [{"s3": {"object": {"key": key}}}]})

    assert isinstance(read, str)
