"""ETags: an unchanged response is answered with 304, and a stale change with 412."""

import pytest
from fastapi.testclient import TestClient

from app.aws.secrets import signing_secret
from app.inventory.reservations import receive
from app.orders.cancellation import cancel_order
from app.orders.models import Order
from app.orders.signed_links import order_key
from app.web.api.conditional_requests import matches
from tests.builders import NOON, a_product, an_order, sku_of

IDENTITY = {"Accept-Encoding": "identity"}


def token_of(order: Order) -> dict[str, str]:
    return {"Authorization": f"Bearer {order_key(order.order_id, signing_secret())}"}


@pytest.fixture
def paths(browser: TestClient) -> dict[str, dict[str, str]]:
    """Every GET of the API that anyone may send, with its headers."""
    order, product = an_order(), a_product()
    return {
        f"/api/orders/{order.order_id}": token_of(order),
        "/api/products?limit=1": {},
        f"/api/products/{product.slug}": {},
        "/api/openapi.json": {},
    }


def test_unchanged_response_is_304_without_a_body(
    browser: TestClient, paths: dict[str, dict[str, str]]
) -> None:
    for path, headers in paths.items():
        first = browser.get(path, headers=headers | IDENTITY)
        again = browser.get(
            path, headers=headers | IDENTITY | {"If-None-Match": first.headers["ETag"]}
        )

        assert (first.status_code, again.status_code, again.content) == (200, 304, b""), path
        assert first.headers["Cache-Control"] == again.headers["Cache-Control"]
        assert again.headers["ETag"] == first.headers["ETag"]
        is_personal = path.startswith("/api/orders/")
        stored = "no-store" if is_personal else "private, no-cache"
        assert again.headers["Cache-Control"] == stored


def test_compressed_response_has_another_etag_that_matches_too(
    browser: TestClient, paths: dict[str, dict[str, str]]
) -> None:
    for path, headers in paths.items():
        plain = browser.get(path, headers=headers | IDENTITY)
        packed = browser.get(path, headers=headers | {"Accept-Encoding": "gzip"})
        if packed.headers.get("Content-Encoding") != "gzip":
            continue

        assert packed.headers["ETag"] == plain.headers["ETag"].removesuffix('"') + '-gzip"'
        for etag in (plain.headers["ETag"], packed.headers["ETag"]):
            again = browser.get(path, headers=headers | {"If-None-Match": etag})
            assert again.status_code == 304


def test_changed_content_has_another_etag(browser: TestClient) -> None:
    order, product = an_order(), a_product(quantity=2)
    path, token = f"/api/orders/{order.order_id}", token_of(order)
    stock = f"/api/products/{product.slug}"
    before = [browser.get(path, headers=token), browser.get(stock)]

    cancel_order(order.order_id, now=NOON)
    receive(sku_of(product), 50, delivery="a-delivery", now=NOON)

    for url, first in zip((path, stock), before, strict=True):
        headers = token | {"If-None-Match": first.headers["ETag"]}
        assert browser.get(url, headers=headers).status_code == 200


def test_refusals_and_pages_have_no_etag(browser: TestClient) -> None:
    for path in ("/api/products/unknown", "/api/orders/unknown", "/docs", "/cart"):
        assert "ETag" not in browser.get(path).headers


@pytest.mark.parametrize(
    ("header", "weakly", "strongly"),
    [
        ('"abc"', True, True),
        ('W/"abc"', True, False),
        ('"abc-gzip"', True, True),
        ('"x", W/"y" , "abc"', True, True),
        ("*", True, True),
        ("", False, False),
        ("abc", False, False),
        ('"ABC"', False, False),
        ('"abcd"', False, False),
    ],
)
def test_entity_tags_are_compared_as_rfc_9110_says(
    header: str, *, weakly: bool, strongly: bool
) -> None:
    assert matches(header, '"abc"') == weakly
    assert matches(header, '"abc"', strongly=True) == strongly
