from fastapi.testclient import TestClient
from starlette.datastructures import Headers

from app.web.security.sessions import cookie_value
from infra.local.cloud import LocalCloud
from tests.builders import a_product
from tests.fake_clouds import override_settings
from tests.unit.app.web.conftest import OpenBrowser
from tests.unit.app.web.pages import put_in_cart


def test_over_https_the_cookie_can_be_planted_by_no_neighbour(
    tables: LocalCloud, open_browser: OpenBrowser
) -> None:
    with override_settings(base_url="https://shop.example"):
        cookie = put_in_cart(open_browser(), a_product()).headers["set-cookie"]

    assert cookie.startswith("__Host-visitor=")
    assert cookie.endswith("; Secure")
    assert "Path=/;" in cookie
    assert "Domain" not in cookie


def test_coming_back_keeps_the_cookie_for_another_month(browser: TestClient) -> None:
    first = put_in_cart(browser, a_product()).headers["set-cookie"]

    second = put_in_cart(browser, a_product()).headers["set-cookie"]

    assert first == second
    assert "Max-Age=2592000" in second


def test_day_or_evening_is_remembered_without_javascript(browser: TestClient) -> None:
    answer = browser.post("/theme", data={"theme": "dark", "next": "/cart"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/cart")
    assert 'data-theme="dark"' in browser.get("/cart").text

    browser.post("/theme", data={"theme": "system"})
    assert "data-theme" not in browser.get("/cart").text


def test_an_unknown_look_is_refused_and_a_made_up_one_ignored(browser: TestClient) -> None:
    assert browser.post("/theme", data={"theme": "neon"}).status_code == 422

    page = browser.get("/cart", headers={"Cookie": "look=neon"})
    assert "neon" not in page.text


def test_a_cookie_that_comes_twice_counts_as_none() -> None:
    assert cookie_value(Headers({"cookie": "a=1; b=2"}), "b") == "2"
    assert cookie_value(Headers({"cookie": "b=1; b=2"}), "b") == ""
    assert cookie_value(Headers({}), "b") == ""
