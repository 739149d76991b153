"""CSRF: every combination of Sec-Fetch-Site and Origin, and redirect targets of other sites."""

from itertools import product
from urllib.parse import urljoin, urlsplit

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request

from app.web.security.csrf import require_same_origin
from app.web.security.errors import RequestRejected
from tests.fake_clouds import override_settings

ORIGIN = "https://shop.example"
FETCH_SITES = {
    None: True,  # then Origin decides
    "same-origin": True,
    "none": True,  # typed, or opened from a bookmark
    "same-site": False,
    "cross-site": False,
    "": False,
    "SAME-ORIGIN": False,
    "same-origin, cross-site": False,  # sent twice
}
ORIGINS = {
    None: True,  # not a browser
    ORIGIN: True,
    "null": False,
    "": False,
    "http://shop.example": False,
    f"{ORIGIN}:8443": False,
    f"{ORIGIN}.evil.example": False,
    f"{ORIGIN}/": False,
    f"{ORIGIN}, https://evil.example": False,
}
UNSAFE = ("POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")
FOREIGN_TARGETS = (
    *("https://evil.example", "//evil.example", "/\\evil.example", "\\/evil.example"),
    *("/\t/evil.example", "javascript:alert(1)", "data:text/html,x", "/@evil.example", "evil"),
    *("/cart\r\nSet-Cookie: a=b", "/%0d%0aSet-Cookie:a=b", "http:evil.example", "/" + "x" * 400),
)
PREFERENCES = {
    "/theme": {"theme": "dark"},
    "/language": {"language": "de"},
    "/debug-panel": {"debug_panel": "on"},
}


def a_request(method: str, site: str | None, origin: str | None, path: str = "/cart") -> Request:
    sent = {b"sec-fetch-site": site, b"origin": origin}
    headers = [(name, value.encode()) for name, value in sent.items() if value is not None]
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    return Request({**scope, "query_string": b"", "server": ("shop.example", 443)})


@pytest.mark.parametrize("method", UNSAFE)
def test_csrf_check_accepts_only_own_pages_and_clients_that_are_no_browsers(method: str) -> None:
    accepted = {}
    with override_settings(base_url=ORIGIN):
        for site, origin in product(FETCH_SITES, ORIGINS):
            accepted[site, origin] = is_accepted(a_request(method, site, origin))

    for (site, origin), was_accepted in accepted.items():
        assert was_accepted == (FETCH_SITES[site] if site is not None else ORIGINS[origin]), (
            site,
            origin,
        )
    assert len(accepted) == 72


def is_accepted(request: Request) -> bool:
    try:
        require_same_origin(request)
    except RequestRejected:
        return False
    return True


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_csrf_check_accepts_cross_site_reads(method: str) -> None:
    assert is_accepted(a_request(method, "cross-site", "https://evil.example"))


def test_csrf_check_does_not_apply_to_the_api() -> None:
    assert is_accepted(a_request("POST", "cross-site", "https://evil.example", "/api/orders"))


@pytest.mark.parametrize("to", FOREIGN_TARGETS)
@pytest.mark.parametrize("path", PREFERENCES)
def test_open_redirect_targets_are_refused(browser: TestClient, path: str, to: str) -> None:
    answer = browser.post(path, data={**PREFERENCES[path], "next": to})

    there = urljoin(f"{ORIGIN}/", answer.headers.get("location", "/"))
    assert answer.status_code in (303, 422)
    assert urlsplit(there)[:2] == urlsplit(ORIGIN)[:2]
    assert "a=b" not in answer.headers.get("set-cookie", "")
