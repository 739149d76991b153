"""Cookies: prefix, lifetime and duplicates."""

from fastapi.testclient import TestClient
from starlette.datastructures import Headers

from app.web.security.cookies import cookie_value
from infra.local.cloud import LocalCloud
from tests.builders import a_product
from tests.fake_clouds import override_settings
from tests.unit.app.web.conftest import OpenBrowser
from tests.unit.app.web.pages import put_in_cart


def test_session_cookie_has_the_host_prefix_over_https(
    tables: LocalCloud, open_browser: OpenBrowser
) -> None:
    with override_settings(base_url="https://shop.example"):
        cookie = put_in_cart(open_browser(), a_product()).headers["set-cookie"]

    assert cookie.startswith("__Host-visitor=")
    assert cookie.endswith("; Secure")
    assert "Path=/;" in cookie
    assert "Domain" not in cookie


def test_session_cookie_is_renewed_for_another_month(browser: TestClient) -> None:
    first = put_in_cart(browser, a_product()).headers["set-cookie"]

    second = put_in_cart(browser, a_product()).headers["set-cookie"]

    assert first == second
    assert "Max-Age=2592000" in second


def test_a_duplicate_cookie_counts_as_absent() -> None:
    assert cookie_value(Headers({"cookie": "a=1; b=2"}), "b") == "2"
    assert cookie_value(Headers({"cookie": "b=1; b=2"}), "b") == ""
    assert cookie_value(Headers({}), "b") == ""
