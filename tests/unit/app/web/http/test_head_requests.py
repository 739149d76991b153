import pytest
from fastapi.testclient import TestClient

pytestmark = pytest.mark.usefixtures("tables")


@pytest.mark.parametrize("path", ["/", "/cart", "/sign-in", "/healthz", "/api/products"])
def test_head_answers_as_get_does_and_without_a_body(browser: TestClient, path: str) -> None:
    whole, head = browser.get(path), browser.head(path)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert head.headers["content-length"] == whole.headers["content-length"]


def test_head_of_what_is_not_there_is_not_found(browser: TestClient) -> None:
    assert browser.head("/products/none-such").status_code == 404


def test_head_of_what_is_only_sent_to_is_refused(browser: TestClient) -> None:
    assert browser.head("/cart/lines/A-SKU").status_code == 405
