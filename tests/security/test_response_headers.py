"""Security headers: every response has them, including every error."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from httpx import Response

from app.main import create_app
from app.settings import settings
from app.web.security.authorization import routes_of
from app.web.security.request_limits import MAX_BODY_BYTES
from app.web.storefront import well_known
from infra.local.cache_rules import cache_rules, find_rule
from tests.builders import a_product
from tests.fake_clouds import MERCHANT, override_settings
from tests.security.conftest import Callers
from tests.security.test_authorization import CALLERS, CALLS, Resources, call, path_to
from tests.unit.app.web.http.test_errors import ERRORS_WITH_STATUS, client_raising
from tests.unit.app.web.pages import FRAGMENT_HEADERS, place_order, put_in_cart, sign_in_as

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
GET_ROUTES = [(method, route) for method, route in CALLS if method == "GET"]
SHARED = ("/healthz", "/api/products", "/docs", "/openapi.json", "/api/docs", "/api/openapi.json")
PUBLIC_FILES = {route.path for route in routes_of(well_known.router)}
PUBLIC_CACHING = ("public, max-age=86400", "public, max-age=3600")
SHARED_PAGE_CACHING = "public, max-age=0, s-maxage=30, stale-while-revalidate=30"
DOCS = ("/docs", "/api/docs")  # the only pages with a CSP exception


def policy_of(answer: Response) -> dict[str, str]:
    parts = answer.headers["content-security-policy"].split("; ")
    return {name: rest for name, _, rest in (part.partition(" ") for part in parts)}


def expected_policy(path: str) -> dict[str, str]:
    upload = f"'self' {settings().upload_origin}"
    none = ("default-src", "base-uri", "object-src", "frame-ancestors")
    own = ("script-src", "style-src", "font-src", "img-src", "manifest-src")
    return {
        **dict.fromkeys(none, "'none'"),
        **dict.fromkeys(own, "'self'"),
        **({"img-src": "'self' data:"} if path in DOCS else {}),
        **dict.fromkeys(("connect-src", "form-action"), upload),
    }


def allowed_caching(path: str) -> tuple[str, ...]:
    """A shared cache may store only what is the same for everybody."""
    if path in PUBLIC_FILES:
        return PUBLIC_CACHING
    own = ("no-store", "private, no-cache")
    return (*own, SHARED_PAGE_CACHING) if find_rule(cache_rules(), path) else own


def missing_headers(answer: Response) -> list[str]:
    """The headers that this response lacks."""
    missing = [name for name, value in ALWAYS.items() if answer.headers.get(name) != value]
    if policy_of(answer) != expected_policy(answer.request.url.path):
        missing.append("content-security-policy")
    if answer.headers.get("cache-control") not in allowed_caching(answer.request.url.path):
        missing.append("cache-control")
    kind = answer.headers.get("content-type", "")
    if answer.content and "charset=utf-8" not in kind and "json" not in kind:
        missing.append("charset")
    return missing


@pytest.mark.parametrize(
    ("method", "route"), GET_ROUTES, ids=[f"{method} {route.path}" for method, route in GET_ROUTES]
)
def test_every_page_has_all_security_headers_for_every_caller(
    callers: Callers, method: str, route: APIRoute
) -> None:
    path = path_to(route, Resources("", "0" * 26, "0" * 26), callers)

    answers = [call(callers, actor, method, path) for actor in CALLERS]
    answers += [call(callers, "shop_owner", method, path, **FRAGMENT_HEADERS)]

    assert [(it.status_code, missing_headers(it)) for it in answers if missing_headers(it)] == []


def error_responses(browser: TestClient) -> Iterator[Response]:
    yield browser.get("/products?page=1&page=2")
    yield browser.post("/cart", content="a", headers={"Sec-Fetch-Site": "cross-site"})
    yield browser.get("/nowhere")
    yield browser.post("/")
    yield browser.request("TRACE", "/")
    yield browser.post("/cart", content="a" * (MAX_BODY_BYTES + 1), headers=FORM)
    yield browser.post("/cart", content="<a/>", headers={"Content-Type": "text/xml"})
    yield browser.get("/products?page=x")
    yield browser.post("/api/orders", content="{", headers={"Content-Type": "application/json"})


def test_error_pages_have_all_security_headers(browser: TestClient) -> None:
    answers = [*error_responses(browser)]

    assert [it.status_code for it in answers] == [400, 403, 404, 405, 405, 413, 415, 422, 400]
    assert [missing_headers(it) for it in answers if missing_headers(it)] == []


@pytest.mark.parametrize(
    "error",
    [*(it for it, _ in ERRORS_WITH_STATUS), ValueError("broken")],
    ids=lambda it: type(it).__name__,
)
@pytest.mark.parametrize("path", ["/pot", "/api/pot"])
def test_refusals_and_crashes_have_all_security_headers(error: Exception, path: str) -> None:
    assert missing_headers(client_raising(error, path).get(path)) == []


def test_missing_security_header_is_found() -> None:
    bare = FastAPI()
    answer = TestClient(bare).get("/openapi.json")
    answer.headers["content-security-policy"] = "default-src 'self'"

    assert set(ALWAYS) | {"content-security-policy", "cache-control"} <= set(
        missing_headers(answer)
    )


def test_https_responses_have_hsts() -> None:
    with override_settings(base_url="https://shop.example"):
        answer = TestClient(create_app()).get("/sign-in")

    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_http_responses_have_no_hsts() -> None:
    with override_settings(base_url="http://localhost:8000"):
        answer = TestClient(create_app()).get("/sign-in")

    assert "strict-transport-security" not in answer.headers


def test_personal_pages_are_not_cached(browser: TestClient, another: TestClient) -> None:
    order_id = place_order(browser)
    put_in_cart(browser, a_product())
    merchant = sign_in_as(another, MERCHANT)
    own = ("/cart", "/checkout", f"/orders/{order_id}", "/sign-in")
    known = ("/orders", "/account", "/admin", "/admin/products", f"/admin/orders/{order_id}")

    answers = [browser.get(it) for it in own] + [merchant.get(it) for it in known]

    assert {it.headers["cache-control"] for it in answers} == {"no-store"}


def test_no_response_allows_cross_origin_reads(callers: Callers) -> None:
    headers = {"Origin": "https://evil.example"}
    for path in (*SHARED, "/", "/cart", "/admin"):
        answer = call(callers, "shop_owner", "GET", path, **headers)
        assert not [it for it in answer.headers if it.startswith("access-control-")]


@pytest.mark.parametrize(
    "path", ["/admin/products.csv", "/admin/sales/best-sellers.csv", "/admin/sales/intervals.csv"]
)
def test_download_is_an_attachment_with_a_name_of_ours(callers: Callers, path: str) -> None:
    answer = call(callers, "shop_owner", "GET", path)

    disposition = answer.headers["content-disposition"]
    assert re.fullmatch(r'attachment; filename="[a-z0-9-]{4,40}\.csv"', disposition)


@pytest.mark.parametrize(
    "name", ["a%22%3b%20filename=evil.exe", "a%0d%0aSet-Cookie:%20a=b", "%C3%BC"]
)
def test_name_in_the_url_never_becomes_the_name_of_a_download(callers: Callers, name: str) -> None:
    answer = call(callers, "shop_owner", "GET", f"/admin/sales/{name}.csv")

    assert answer.status_code in (404, 422)
    assert "content-disposition" not in answer.headers
