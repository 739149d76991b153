"""The `Idempotency-Key` header: both of its forms, its limits, replays and concurrent requests.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from hypothesis import given
from hypothesis import strategies as st

from app.inventory.models import Stock
from app.web.api.idempotency_keys import InvalidIdempotencyKey, read_idempotency_key
from tests.builders import a_product, counters, sku_of
from tests.conflicts import transaction_conflicts
from tests.unit.app.web.api.test_api import _json_of, _new_key, order_body

PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
keys = st.text(PRINTABLE, min_size=20, max_size=255)


def quoted(key: str) -> str:
    """The key as a string of RFC 9651 (Structured Field Values)."""
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def refusal_of(header: str) -> str:
    try:
        read_idempotency_key(header)
    except InvalidIdempotencyKey as error:
        return str(error)
    return ""


def post(browser: TestClient, body: Any, *headers: str) -> Response:
    response: Response = browser.post(
        "/api/orders", json=body, headers=[("Idempotency-Key", it) for it in headers]
    )
    return response


@given(keys)
def test_every_quoted_key_is_read_back(key: str) -> None:
    assert read_idempotency_key(quoted(key)) == key


@given(st.text(sorted(set(PRINTABLE) - set(' ",;\\')), min_size=20, max_size=255))
def test_bare_and_quoted_forms_are_the_same_key(key: str) -> None:
    assert read_idempotency_key(key) == read_idempotency_key(quoted(key)) == key


@given(st.text(max_size=300))
def test_what_is_refused_says_what_would_do(text: str) -> None:
    refusal = refusal_of(text)

    assert not refusal or "20 to 255 printable ASCII characters" in refusal


@pytest.mark.parametrize(
    "text",
    [
        '"' + "x" * 19 + '"',
        '"' + "x" * 256 + '"',
        '"' + "x" * 30,
        "x" * 30 + '"',
        '"' + "x" * 30 + '" "y"',
        '"' + "x" * 30 + "\\n" + '"',
        '"' + "x" * 30 + '\\"',
        '"' + "x" * 30 + '";a=1',
        '"' + "x" * 15 + "é" * 15 + '"',
        '"' + "x" * 15 + "\t" + "x" * 15 + '"',
        "x" * 15 + " " + "x" * 15,
        "x" * 15 + "," + "x" * 15,  # API Gateway joins repeated headers with commas
        f"{'x' * 20}, {'x' * 20}",
        f"{quoted('x' * 20)}, {quoted('x' * 20)}",
        "'" + "x" * 30 + "\\'",
    ],
)
def test_malformed_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdempotencyKey):
        read_idempotency_key(text)


@pytest.mark.parametrize("key", ["k" * 255, "urn:order:2031-06-12/Höhr".replace("ö", "oe")])
def test_retry_in_the_other_form_returns_the_first_order(browser: TestClient, key: str) -> None:
    product, unique = a_product(), (_new_key() + key)[:255]
    first = _json_of(post(browser, order_body((sku_of(product), 2)), unique), 201)

    again = post(browser, order_body((sku_of(product), 2)), quoted(unique))

    assert _json_of(again, 200)["order_id"] == first["order_id"]
    assert counters(product) == (18, 2, 0)


def test_replay_says_so_in_a_header(browser: TestClient) -> None:
    body, key = order_body((sku_of(a_product()), 1)), _new_key()

    first, again = post(browser, body, key), post(browser, body, key)

    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]


def test_concurrent_request_with_the_same_key_is_a_409(browser: TestClient) -> None:
    product, key = a_product(), _new_key()
    body = order_body((sku_of(product), 1))

    with transaction_conflicts(1, contested=0):  # the row of the order itself
        busy = post(browser, body, key)

    assert "being placed right now" in _json_of(busy, 409)["detail"]
    assert busy.headers["retry-after"] == "2"
    assert post(browser, body, key).status_code == 201
    assert counters(product) == (19, 1, 0)


def test_busy_stock_row_is_not_a_concurrent_request(browser: TestClient) -> None:
    product = a_product()

    with transaction_conflicts(1, contested=-1):
        busy = post(browser, order_body((sku_of(product), 1)), _new_key())

    assert busy.status_code == 503


def test_expected_total_that_differs_is_refused_with_the_new_total(browser: TestClient) -> None:
    product, key = a_product(price=2_450), _new_key()
    body = order_body((sku_of(product), 2), expected_total=5_490)
    Stock(sku_of(product)).update(actions=[Stock.price.set(2_500)])

    refused = _json_of(post(browser, body, key), 422)

    assert refused["total"] == 5_590
    assert refused["errors"][0]["location"] == "body/expected_total"
    assert counters(product) == (20, 0, 0)
    accepted = post(browser, body | {"expected_total": 5_590}, key)
    assert _json_of(accepted, 201)["total"] == 5_590


def test_expected_total_belongs_to_the_order_of_a_key(browser: TestClient) -> None:
    product, key = a_product(price=2_450), _new_key()
    body = order_body((sku_of(product), 2), expected_total=5_490)
    assert post(browser, body, key).status_code == 201

    assert post(browser, body, key).status_code == 200
    assert post(browser, body | {"expected_total": 5_491}, key).status_code == 422
    assert counters(product) == (18, 2, 0)


@pytest.mark.parametrize("total", [-1, 54.9, "5490", True, 10**40])
def test_expected_total_is_a_whole_number_of_cents(browser: TestClient, total: Any) -> None:
    product = a_product()

    _json_of(post(browser, order_body((sku_of(product), 1), expected_total=total), _new_key()), 422)

    assert counters(product) == (20, 0, 0)
