"""Security headers and the CSP, on pages, API responses and errors."""

import pytest
from fastapi.testclient import TestClient

from app.settings import settings
from tests.builders import a_product
from tests.unit.app.web.pages import place_order, put_in_cart

PATHS = [
    *("/", "/cart", "/checkout", "/sign-in", "/nowhere", "/healthz"),
    *("/api/nowhere", "/openapi.json", "/?a&a"),
]
DOCS_PATHS = ["/docs", "/api/docs"]


@pytest.mark.parametrize("path", PATHS + DOCS_PATHS)
def test_every_response_carries_the_security_headers(browser: TestClient, path: str) -> None:
    headers = browser.get(path).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert f"form-action 'self' {settings().upload_origin}" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize("path", PATHS)
def test_csp_allows_no_data_urls(browser: TestClient, path: str) -> None:
    assert "data:" not in browser.get(path).headers["content-security-policy"]


@pytest.mark.parametrize("path", DOCS_PATHS)
def test_csp_of_the_api_docs_allows_data_urls_for_images_only(
    browser: TestClient, path: str
) -> None:
    docs = browser.get(path).headers["content-security-policy"].split("; ")
    home = browser.get("/").headers["content-security-policy"].split("; ")

    assert set(docs) ^ set(home) == {"img-src 'self'", "img-src 'self' data:"}


def test_personal_pages_are_not_stored_by_caches(browser: TestClient) -> None:
    order_id = place_order(browser)
    put_in_cart(browser, a_product())

    for path in ("/cart", "/checkout", f"/orders/{order_id}", "/sign-in"):
        assert browser.get(path).headers["cache-control"] == "no-store", path


def test_links_ignore_a_forged_host_header(browser: TestClient) -> None:
    product = a_product()
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}

    page = browser.get(f"/products/{product.slug}", headers=forged)

    assert "evil.example" not in page.text
