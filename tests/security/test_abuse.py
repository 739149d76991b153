"""One stranger who takes too much: what the shop lets through, and what other callers notice."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from itsdangerous import TimestampSigner

from app.catalog.models import Product
from app.settings import Settings
from app.web.security.caller_limits import LOAD_TEST_HEADER, sign_load_test
from tests.builders import a_product, counters, sku_of
from tests.fake_clouds import override_settings
from tests.unit.app.web.conftest import OpenBrowser
from tests.unit.app.web.pages import (
    ADDRESS,
    checkout_form,
    input_values,
    page_text,
    place_order,
)

MAX_ORDERS, MAX_UNITS = Settings().orders_per_network, Settings().units_per_network
LOAD_TEST_KEY = "a-key-of-a-load-test-0123456789abcdef"


def api_order(
    caller: TestClient, products: list[Product], units: int, header: str = ""
) -> Response:
    names = ("name", "street", "postal_code", "city", "country")
    response: Response = caller.post(
        "/api/orders",
        json={
            "lines": [{"sku": sku_of(it), "quantity": units} for it in products],
            "email": ADDRESS["email"],
            "address": {name: ADDRESS[name] for name in names},
            "payment_method": "pm_succeeds",
        },
        headers={"Idempotency-Key": secrets.token_urlsafe(24), LOAD_TEST_HEADER: header},
    )
    return response


def units_reserved(products: list[Product]) -> int:
    return sum(counters(product)[1] for product in products)


def test_anonymous_api_orders_hold_at_most_the_cap_while_others_buy(
    browser: TestClient, open_browser: OpenBrowser
) -> None:
    """Six orders of up to 70 units reserved 403 units unpaid, for as long as a review takes."""
    products = [a_product(price=4_500, quantity=70) for _ in range(7)]

    answers = []
    for _ in range(6):
        answers.append(api_order(browser, products, 10))
        place_order(open_browser(), products[0])
    for _ in range(4):
        place_order(open_browser(), products[1])

    assert [it.status_code for it in answers] == [201, 429, 429, 429, 429, 429]
    assert units_reserved(products) - 10 <= MAX_UNITS


def test_small_orders_of_one_network_are_capped_too(browser: TestClient) -> None:
    product = a_product(quantity=200)

    statuses = [api_order(browser, [product], 1).status_code for _ in range(MAX_ORDERS + 5)]

    assert statuses == [201] * MAX_ORDERS + [429] * 5


def test_caller_with_many_visitor_cookies_is_one_caller(
    browser: TestClient, open_browser: OpenBrowser
) -> None:
    with override_settings(orders_per_network="2"):
        product = a_product()
        for _ in range(2):
            browser.cookies.clear()
            place_order(browser, product)
        browser.cookies.clear()

        refused = browser.post("/checkout", data=checkout_form(browser, product))
        place_order(open_browser(), product)

    assert refused.status_code == 429
    assert counters(product)[1] == 3


def refused_order(caller: TestClient) -> Response:
    with override_settings(orders_per_network="1"):
        api_order(caller, [a_product()], 1)
        return api_order(caller, [a_product()], 1)


def test_refusal_of_the_api_says_when_to_try_again(browser: TestClient) -> None:
    refused = refused_order(browser)

    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert 0 < int(refused.headers["Retry-After"]) <= 901
    assert refused.json()["title"] == "Too many attempts"
    assert "Nothing was ordered. Please try again in 15 minutes." in refused.json()["detail"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Nothing was ordered. Please try again in 15 minutes."),
        ("de", "Es wurde nichts bestellt. Bitte versuche es in 15 Minuten noch einmal."),
    ],
)
def test_refusal_of_the_checkout_keeps_the_form_and_says_when_to_try_again(
    browser: TestClient, language: str, words: str
) -> None:
    refused_order(browser)
    browser.headers["Accept-Language"] = language
    form = checkout_form(browser, street="13 Kiln Row")

    with override_settings(orders_per_network="1"):
        refused = browser.post("/checkout", data=form)

    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 901
    assert words in page_text(refused)
    assert input_values(refused)["street"] == "13 Kiln Row"


def test_order_larger_than_the_cap_names_the_largest_one(browser: TestClient) -> None:
    products = [a_product(quantity=20) for _ in range(11)]

    refused = api_order(browser, products, 10)

    assert refused.status_code == 422
    assert f"at most {MAX_UNITS} items" in refused.json()["detail"]
    assert units_reserved(products) == 0


def test_signed_header_exempts_a_load_test(browser: TestClient) -> None:
    product = a_product()

    with override_settings(orders_per_network="1", load_test_key=LOAD_TEST_KEY):
        header = sign_load_test(LOAD_TEST_KEY)
        statuses = [api_order(browser, [product], 1, header).status_code for _ in range(3)]

    assert statuses == [201, 201, 201]


def test_signed_header_expires(browser: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    product, header = a_product(), sign_load_test(LOAD_TEST_KEY)
    seven_hours = timedelta(hours=7).total_seconds()
    later = int(datetime.now(UTC).timestamp() + seven_hours)
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: later)

    with override_settings(orders_per_network="1", load_test_key=LOAD_TEST_KEY):
        statuses = [api_order(browser, [product], 1, header).status_code for _ in range(2)]

    assert statuses == [201, 429]


@pytest.mark.parametrize(
    ("key", "header"),
    [
        ("", sign_load_test("")),
        ("short", sign_load_test("short")),
        (LOAD_TEST_KEY, "load-test"),
        (LOAD_TEST_KEY, sign_load_test("another-key-of-the-same-length-012345")),
        (LOAD_TEST_KEY, sign_load_test(LOAD_TEST_KEY)[:-1]),
    ],
    ids=["no key", "short key", "unsigned", "another key", "changed"],
)
def test_other_headers_exempt_no_caller(browser: TestClient, key: str, header: str) -> None:
    product = a_product()

    with override_settings(orders_per_network="1", load_test_key=key):
        statuses = [api_order(browser, [product], 1, header).status_code for _ in range(2)]

    assert statuses == [201, 429]
