"""Rotation of the signing secret: two versions are accepted, and warm functions read it again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app import clock
from app.aws.clients import client
from app.aws.secrets import reload_signing_secrets, signing_secret
from app.orders.signed_links import order_key
from app.settings import settings
from tests.crash_injection import recorded_calls
from tests.unit.app.web.pages import checkout_form, place_order


@pytest.fixture(autouse=True)
def fresh_caches() -> Iterator[None]:
    """Other tests sign with the version that they read."""
    yield
    signing_secret.cache_clear()
    reload_signing_secrets.cache_clear()


def rotate() -> str:
    """Store a new version, as an operator does. This process still has the old one in memory."""
    secret = f"{ULID()}{ULID()}"
    client("secretsmanager").put_secret_value(SecretId=settings().secret_name, SecretString=secret)
    reload_signing_secrets.cache_clear()  # as a minute later
    return secret


def open_order(browser: TestClient, order_id: str, secret: str) -> int:
    link = f"/orders/{order_id}?key={order_key(order_id, secret)}"
    return int(browser.get(link).status_code)


@pytest.fixture
def order_id(browser: TestClient) -> str:
    return place_order(browser)


def test_warm_function_accepts_a_link_of_the_new_secret_and_signs_with_it(
    order_id: str, another: TestClient
) -> None:
    signing_secret()
    new = rotate()

    assert signing_secret() != new
    assert open_order(another, order_id, new) == 303
    assert signing_secret() == new


def test_link_of_the_previous_secret_stays_valid_until_the_next_rotation(
    order_id: str, another: TestClient
) -> None:
    old = signing_secret()

    rotate()
    signing_secret.cache_clear()  # a new function
    assert open_order(another, order_id, old) == 303

    rotate()
    signing_secret.cache_clear()
    another.cookies.clear()
    assert open_order(another, order_id, old) == 404


def test_open_checkout_form_survives_a_rotation(browser: TestClient) -> None:
    form = checkout_form(browser)

    rotate()
    signing_secret.cache_clear()  # another function takes the order

    assert browser.post("/checkout", data=form).status_code == 303


def test_forged_links_read_the_secret_once_in_a_minute(
    order_id: str, another: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    signing_secret()
    reload_signing_secrets.cache_clear()

    with recorded_calls() as calls:
        codes = {open_order(another, order_id, f"forged {it}") for it in range(5)}
    assert codes == {404}
    reads = [it for it in calls if "GetSecretValue" in it]
    assert len(reads) == 2  # the current version and the previous one

    later = now + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    with recorded_calls() as calls:
        open_order(another, order_id, "forged")
    assert len([it for it in calls if "GetSecretValue" in it]) == 2
