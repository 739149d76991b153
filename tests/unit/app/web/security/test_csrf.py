"""CSRF protection: Fetch Metadata and Origin decide whether a form may change anything."""

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from app.main import ROUTERS
from app.settings import settings
from app.web.security.csrf import API_PREFIXES, SAFE_METHODS
from tests.builders import a_product, sku_of
from tests.unit.app.web.pages import FRAGMENT_HEADERS, page_text

FORM_CONTENT = {"Content-Type": "application/x-www-form-urlencoded"}
CROSS_ORIGIN: dict[str, dict[str, str]] = {
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "same-site but another origin": {"Sec-Fetch-Site": "same-site"},
    "cross-site with htmx headers": {"Sec-Fetch-Site": "cross-site", **FRAGMENT_HEADERS},
    "foreign Origin": {"Origin": "https://evil.example"},
    "opaque Origin": {"Origin": "null"},
    "Origin with our name as prefix": {"Origin": "http://localhost.evil.example"},
}


def unsafe_routes() -> Iterator[tuple[str, str]]:
    for route in (route for router in ROUTERS for route in router.routes):
        if isinstance(route, APIRoute) and not route.path.startswith(API_PREFIXES):
            yield from ((method, route.path) for method in (route.methods or set()) - SAFE_METHODS)


@pytest.mark.parametrize("headers", CROSS_ORIGIN.values(), ids=CROSS_ORIGIN)
@pytest.mark.parametrize(("method", "path"), sorted(unsafe_routes()))
def test_csrf_check_rejects_a_cross_origin_request_on_every_route(
    browser: TestClient, method: str, path: str, headers: dict[str, str]
) -> None:
    response = browser.request(method, path, headers=headers | FORM_CONTENT, content="a=1")

    assert response.status_code == 403
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {}]
)
def test_csrf_check_accepts_same_origin_forms_and_clients_without_fetch_metadata(
    browser: TestClient, headers: dict[str, str]
) -> None:
    data = {"sku": sku_of(a_product()), "quantity": "1"}

    assert browser.post("/cart", data=data, headers=headers).status_code == 303


def test_csrf_check_accepts_our_own_origin(browser: TestClient) -> None:
    data = {"sku": sku_of(a_product()), "quantity": "1"}

    response = browser.post("/cart", data=data, headers={"Origin": settings().base_url})

    assert response.status_code == 303


def test_csrf_rejection_is_a_page_of_the_shop(browser: TestClient) -> None:
    response = browser.post("/cart", headers={"Sec-Fetch-Site": "cross-site"})

    assert "This form was sent from another site." in page_text(response)
    assert 'class="site-header' in response.text
