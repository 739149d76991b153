import base64
import hmac
import time

import pytest
from itsdangerous import TimestampSigner

from app.errors import Conflict, NotFound
from app.orders.signed_links import (
    LINK_LIFETIME_SECONDS,
    _forms,
    _grants,
    _keys,
    check_order_key,
    is_granted,
    order_key,
    read_list_cursor,
    sign_checkout_form,
    sign_list_cursor,
    verify_checkout_form,
)

SECRET = "a secret for signing"
ORDER = "01JDCY5T6QJ6W4H2Y8Z3K7N9PA"
OTHER = "01JDCY5T6QJ6W4H2Y8Z3K7N9PB"


def test_order_key_opens_its_order() -> None:
    check_order_key(ORDER, order_key(ORDER, SECRET), SECRET)


@pytest.mark.parametrize("key", ["", "x", "a.b.c", "ü", "." * 5_000])
def test_invalid_order_key_is_rejected(key: str) -> None:
    with pytest.raises(NotFound):
        check_order_key(ORDER, key, SECRET)


def test_tampered_order_key_is_rejected() -> None:
    key = order_key(ORDER, SECRET)

    for place in range(len(key)):
        other = "A" if key[place] != "A" else "B"
        if place == len(key) - 1:
            continue  # its last bits are padding: another character may mean the same bytes
        with pytest.raises(NotFound):
            check_order_key(ORDER, key[:place] + other + key[place + 1 :], SECRET)


def test_order_key_of_another_order_is_rejected() -> None:
    with pytest.raises(NotFound):
        check_order_key(ORDER, order_key(OTHER, SECRET), SECRET)


def test_order_key_with_another_secret_is_rejected() -> None:
    with pytest.raises(NotFound):
        check_order_key(ORDER, order_key(ORDER, "another secret"), SECRET)


def test_signatures_use_sha_256_and_a_derived_key_per_purpose() -> None:
    payload, moment, signature = order_key(ORDER, SECRET).split(".")
    key = hmac.digest(SECRET.encode(), b"order", "sha256")

    signed = hmac.digest(key, f"{payload}.{moment}".encode(), "sha256")

    assert signature == base64.urlsafe_b64encode(signed).decode().rstrip("=")


def test_checkout_form_signature_is_not_an_order_key() -> None:
    with pytest.raises(NotFound):
        check_order_key(ORDER, sign_checkout_form(ORDER, "ada", SECRET), SECRET)


def test_each_purpose_has_a_signing_key_of_its_own() -> None:
    serializers = (_keys(SECRET), _grants(SECRET), _forms(SECRET))

    keys = {it.make_signer(it.salt).derive_key() for it in serializers}

    assert len(keys) == len(serializers)
    # Another salt would end every link and form that was signed before.
    assert [it.salt for it in serializers] == [b"order", b"order-grant", b"checkout"]


def test_order_key_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    key = order_key(ORDER, SECRET)

    def after_expiry(_: TimestampSigner) -> int:
        return int(time.time()) + LINK_LIFETIME_SECONDS + 1

    monkeypatch.setattr(TimestampSigner, "get_timestamp", after_expiry)
    with pytest.raises(NotFound):
        check_order_key(ORDER, key, SECRET)


def test_checkout_form_is_bound_to_its_visitor() -> None:
    assert verify_checkout_form(sign_checkout_form(ORDER, "ada", SECRET), "ada", SECRET) == ORDER


@pytest.mark.parametrize(
    "signed",
    [
        "",
        "x",
        sign_checkout_form(ORDER, "bo", SECRET),
        sign_checkout_form(ORDER, "ada", "another secret"),
        sign_checkout_form("", "ada", SECRET),
        order_key(ORDER, SECRET),
    ],
)
def test_invalid_checkout_form_raises_conflict(signed: str) -> None:
    with pytest.raises(Conflict):
        verify_checkout_form(signed, "ada", SECRET)


def test_cursor_of_a_list_leads_to_its_place() -> None:
    cursor = sign_list_cursor("2031-11-23", "ada@potter.example", SECRET)

    assert read_list_cursor(cursor, "ada@potter.example", SECRET) == "2031-11-23"
    assert read_list_cursor("", "ada@potter.example", SECRET) == ""


@pytest.mark.parametrize("email", ["bo@potter.example", ""])
def test_cursor_of_another_customer_is_refused(email: str) -> None:
    cursor = sign_list_cursor("2031-11-23", "ada@potter.example", SECRET)

    with pytest.raises(ValueError, match="not a cursor of this customer"):
        read_list_cursor(cursor, email, SECRET)


@pytest.mark.parametrize("cursor", ["x", "a.b.c", "." * 500])
def test_unsigned_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(ValueError, match="not a cursor of this customer"):
        read_list_cursor(cursor, "ada@potter.example", SECRET)


def test_unsigned_grant_opens_no_order() -> None:
    assert is_granted(ORDER, "a visitor", "x", SECRET) is False
