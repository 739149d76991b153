"""HEAD requests are answered like GET, without the body."""

import pytest
from fastapi.testclient import TestClient

pytestmark = pytest.mark.usefixtures("tables")


@pytest.mark.parametrize("path", ["/", "/cart", "/sign-in", "/healthz", "/api/products"])
def test_head_has_the_headers_of_get_and_no_body(browser: TestClient, path: str) -> None:
    get, head = browser.get(path), browser.head(path)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]
    assert head.headers["content-length"] == get.headers["content-length"]


def test_head_of_a_missing_page_is_not_found(browser: TestClient) -> None:
    assert browser.head("/products/none-such").status_code == 404


def test_head_of_a_post_only_route_is_not_allowed(browser: TestClient) -> None:
    assert browser.head("/cart/lines/A-SKU").status_code == 405
