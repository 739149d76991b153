"""Requests that others make browsers send: every combination of what a browser says of them."""

from itertools import product
from urllib.parse import urljoin, urlsplit

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request

from app.web.security.csrf import require_same_origin
from app.web.security.errors import RequestRejected
from tests.fake_clouds import override_settings

SHOP = "https://shop.example"
SITES = {
    None: True,  # then the origin decides
    "same-origin": True,
    "none": True,  # typed, or from a bookmark
    "same-site": False,
    "cross-site": False,
    "": False,
    "SAME-ORIGIN": False,
    "same-origin, cross-site": False,  # sent twice
}
ORIGINS = {
    None: True,  # no browser
    SHOP: True,
    "null": False,
    "": False,
    "http://shop.example": False,
    f"{SHOP}:8443": False,
    f"{SHOP}.evil.example": False,
    f"{SHOP}/": False,
    f"{SHOP}, https://evil.example": False,
}
UNSAFE = ("POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")
ELSEWHERE = (
    *("https://evil.example", "//evil.example", "/\\evil.example", "\\/evil.example"),
    *("/\t/evil.example", "javascript:alert(1)", "data:text/html,x", "/@evil.example", "evil"),
    *("/cart\r\nSet-Cookie: a=b", "/%0d%0aSet-Cookie:a=b", "http:evil.example", "/" + "x" * 400),
)
CHOICES = {
    "/theme": {"theme": "dark"},
    "/language": {"language": "de"},
    "/debug-panel": {"debug_panel": "on"},
}


def asked(method: str, site: str | None, origin: str | None, path: str = "/cart") -> Request:
    said = {b"sec-fetch-site": site, b"origin": origin}
    headers = [(name, value.encode()) for name, value in said.items() if value is not None]
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    return Request({**scope, "query_string": b"", "server": ("shop.example", 443)})


@pytest.mark.parametrize("method", UNSAFE)
def test_only_our_own_pages_and_those_who_are_no_browser_change_anything(method: str) -> None:
    taken = {}
    with override_settings(base_url=SHOP):
        for site, origin in product(SITES, ORIGINS):
            taken[site, origin] = comes_through(asked(method, site, origin))

    for (site, origin), through in taken.items():
        assert through == (SITES[site] if site is not None else ORIGINS[origin]), (site, origin)
    assert len(taken) == 72


def comes_through(request: Request) -> bool:
    try:
        require_same_origin(request)
    except RequestRejected:
        return False
    return True


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_is_open_to_links_of_others(method: str) -> None:
    assert comes_through(asked(method, "cross-site", "https://evil.example"))


def test_the_api_carries_no_cookies_and_asks_for_no_origin() -> None:
    assert comes_through(asked("POST", "cross-site", "https://evil.example", "/api/orders"))


@pytest.mark.parametrize("to", ELSEWHERE)
@pytest.mark.parametrize("path", CHOICES)
def test_a_choice_leads_back_into_the_shop_and_nowhere_else(
    browser: TestClient, path: str, to: str
) -> None:
    answer = browser.post(path, data={**CHOICES[path], "next": to})

    there = urljoin(f"{SHOP}/", answer.headers.get("location", "/"))
    assert answer.status_code in (303, 422)
    assert urlsplit(there)[:2] == urlsplit(SHOP)[:2]
    assert "a=b" not in answer.headers.get("set-cookie", "")
