import base64
import hmac
import time

import pytest
from itsdangerous import TimestampSigner

from app.errors import Conflict, NotFound
from app.orders.signed_links import LINK_LASTS, check_order_key, order_key, read_form, sign_form

SECRET = "a secret that nobody ever typed"
ORDER = "01JDCY5T6QJ6W4H2Y8Z3K7N9PA"
OTHER = "01JDCY5T6QJ6W4H2Y8Z3K7N9PB"


def test_the_key_of_an_order_opens_it() -> None:
    check_order_key(ORDER, order_key(ORDER, SECRET), SECRET)


@pytest.mark.parametrize("key", ["", "x", "a.b.c", "ü", "." * 5_000])
def test_what_is_no_key_opens_nothing(key: str) -> None:
    with pytest.raises(NotFound):
        check_order_key(ORDER, key, SECRET)


def test_one_changed_character_opens_nothing() -> None:
    key = order_key(ORDER, SECRET)

    for place in range(len(key)):
        other = "A" if key[place] != "A" else "B"
        if place == len(key) - 1:
            continue  # its last bits are padding: another letter may mean the same bytes
        with pytest.raises(NotFound):
            check_order_key(ORDER, key[:place] + other + key[place + 1 :], SECRET)


def test_the_key_of_another_order_opens_nothing() -> None:
    with pytest.raises(NotFound):
        check_order_key(ORDER, order_key(OTHER, SECRET), SECRET)


def test_a_key_made_with_another_secret_opens_nothing() -> None:
    with pytest.raises(NotFound):
        check_order_key(ORDER, order_key(ORDER, "another secret"), SECRET)


def test_links_are_signed_with_sha_256_and_a_key_for_each_purpose() -> None:
    payload, moment, signature = order_key(ORDER, SECRET).split(".")
    key = hmac.digest(SECRET.encode(), b"order", "sha256")

    signed = hmac.digest(key, f"{payload}.{moment}".encode(), "sha256")

    assert signature == base64.urlsafe_b64encode(signed).decode().rstrip("=")


def test_a_form_is_no_key() -> None:
    with pytest.raises(NotFound):
        check_order_key(ORDER, sign_form(ORDER, "ada", SECRET), SECRET)


def test_a_key_is_too_old_after_a_season(monkeypatch: pytest.MonkeyPatch) -> None:
    key = order_key(ORDER, SECRET)

    def a_season_later(_: TimestampSigner) -> int:
        return int(time.time()) + LINK_LASTS + 1

    monkeypatch.setattr(TimestampSigner, "get_timestamp", a_season_later)
    with pytest.raises(NotFound):
        check_order_key(ORDER, key, SECRET)


def test_a_form_names_its_order_to_the_visitor_it_was_drawn_for() -> None:
    assert read_form(sign_form(ORDER, "ada", SECRET), "ada", SECRET) == ORDER


@pytest.mark.parametrize(
    "signed",
    [
        "",
        "x",
        sign_form(ORDER, "bo", SECRET),
        sign_form(ORDER, "ada", "another secret"),
        sign_form("", "ada", SECRET),
        order_key(ORDER, SECRET),
    ],
)
def test_a_form_that_is_not_ours_or_not_theirs_has_expired(signed: str) -> None:
    with pytest.raises(Conflict):
        read_form(signed, "ada", SECRET)
