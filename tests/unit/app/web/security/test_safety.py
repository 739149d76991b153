from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from app.main import ROUTERS
from app.settings import settings
from app.web.security.safety import MAX_BODY_BYTES, SAFE_METHODS
from tests.builders import a_product, sku_of
from tests.unit.app.web.pages import PART, placed, put_in_cart, words

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FORGED: dict[str, dict[str, str]] = {
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "a neighbour": {"Sec-Fetch-Site": "same-site"},
    "another site dressed as htmx": {"Sec-Fetch-Site": "cross-site", **PART},
    "another origin": {"Origin": "https://evil.example"},
    "no origin to speak of": {"Origin": "null"},
    "an origin that looks like ours": {"Origin": "http://localhost.evil.example"},
}


def unsafe_routes() -> Iterator[tuple[str, str]]:
    for route in (route for router in ROUTERS for route in router.routes):
        if isinstance(route, APIRoute) and not route.path.startswith("/api/"):
            yield from ((method, route.path) for method in (route.methods or set()) - SAFE_METHODS)


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize(("method", "path"), sorted(unsafe_routes()))
def test_a_forged_form_changes_nothing_anywhere(
    browser: TestClient, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = browser.request(method, path, headers=headers | FORM, content="a=1")

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {}]
)
def test_our_own_forms_and_programs_without_a_browser_come_through(
    browser: TestClient, headers: dict[str, str]
) -> None:
    data = {"sku": sku_of(a_product()), "quantity": "1"}

    assert browser.post("/cart", data=data, headers=headers).status_code == 303


def test_our_own_origin_comes_through(browser: TestClient) -> None:
    data = {"sku": sku_of(a_product()), "quantity": "1"}

    answer = browser.post("/cart", data=data, headers={"Origin": settings().base_url})

    assert answer.status_code == 303


@pytest.mark.parametrize(
    "path", ["/", "/cart", "/checkout", "/sign-in", "/nowhere", "/healthz", "/api/nowhere", "/?a&a"]
)
def test_every_answer_carries_the_security_headers(browser: TestClient, path: str) -> None:
    headers = browser.get(path).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert f"form-action 'self' {settings().upload_origin}" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"


def test_personal_pages_are_kept_by_nobody(browser: TestClient) -> None:
    order_id = placed(browser)
    put_in_cart(browser, a_product())

    for path in ("/cart", "/checkout", f"/orders/{order_id}", "/sign-in"):
        assert browser.get(path).headers["cache-control"] == "no-store", path


def test_a_body_that_is_too_large_is_not_read(browser: TestClient) -> None:
    answer = browser.post("/cart", content="a" * (MAX_BODY_BYTES + 1), headers=FORM)

    assert answer.status_code == 413


def test_ten_thousand_fields_are_refused(browser: TestClient) -> None:
    answer = browser.post("/cart", content="a=1&" * 10_000, headers=FORM)

    assert answer.status_code == 400


@pytest.mark.parametrize("kind", ["text/xml", "application/json", "text/plain", ""])
def test_a_form_in_another_format_is_refused(browser: TestClient, kind: str) -> None:
    answer = browser.post("/cart", content="<a/>", headers={"Content-Type": kind})

    assert answer.status_code == 415


@pytest.mark.parametrize("body", [b"name=\xff\xfe", b"name=%FF%FE"])
def test_text_that_is_not_utf_8_is_refused(browser: TestClient, body: bytes) -> None:
    assert browser.post("/cart", content=body, headers=FORM).status_code == 400


def test_a_parameter_that_stands_there_twice_is_refused(browser: TestClient) -> None:
    assert browser.get("/?category=Vases&category=Garden").status_code == 400


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PURGE"])
def test_unknown_methods_are_refused(browser: TestClient, method: str) -> None:
    answer = browser.request(method, "/")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/%2e%2e/", "/cart/", "/" + "x" * 8_000, "/%00"]
)
def test_strange_paths_lead_nowhere(browser: TestClient, path: str) -> None:
    answer = browser.get(f"http://testserver{path}")

    assert answer.status_code == 404
    assert "location" not in answer.headers


def test_links_never_follow_the_host_header(browser: TestClient) -> None:
    product = a_product()
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}

    page = browser.get(f"/products/{product.slug}", headers=forged)

    assert "evil.example" not in page.text


def test_a_refused_form_says_so_in_the_look_of_the_shop(browser: TestClient) -> None:
    answer = browser.post("/cart", headers={"Sec-Fetch-Site": "cross-site"})

    assert "we did nothing" in words(answer)
    assert 'class="masthead' in answer.text
