"""Authentication and sessions under attack: forged addresses, stolen tokens, cookies, log lines."""

import json
import re

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request

from app.customers.magic_links import Network
from app.customers.models import new_token, sha256_hex
from app.web.security.client_ip import client_network
from app.web.security.sessions import TOKEN_PATTERN
from infra.local.cloud import LocalCloud
from tests.builders import a_product
from tests.fake_clouds import MERCHANT, override_settings
from tests.unit.app.web.conftest import OpenBrowser
from tests.unit.app.web.pages import put_in_cart, sign_in_as
from tests.unit.app.web.storefront.test_account import an_email, link_for, sign_in

EDGE, VIEWER = "198.51.100.7", "203.0.113.9"


def request_from(source: str, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", ", ".join(forwarded).encode())] if forwarded else []
    event = {"requestContext": {"http": {"sourceIp": source}}}
    return Request({"type": "http", "headers": headers, "aws.event": event})


@pytest.mark.parametrize(
    ("request_", "network"),
    [
        (request_from(VIEWER), Network(VIEWER)),
        (request_from(VIEWER, VIEWER), Network(VIEWER)),
        (request_from(EDGE, VIEWER, EDGE), Network(VIEWER, EDGE)),
        (request_from(EDGE, "192.0.2.1", VIEWER, EDGE), Network(VIEWER, EDGE)),
        (request_from(EDGE, "2001:db8::1", EDGE), Network("2001:db8::/64", EDGE)),
        (request_from(EDGE, "2001:db8::ffff:1", EDGE), Network("2001:db8::/64", EDGE)),
        (request_from("2001:db8:0:1::1"), Network("2001:db8:0:1::/64")),
        (request_from(EDGE, "::ffff:192.0.2.7", EDGE), Network("192.0.2.7", EDGE)),
        (request_from(VIEWER, "192.0.2.1"), Network(VIEWER)),
        (request_from(EDGE, "nonsense", EDGE), Network(EDGE)),
    ],
)
def test_client_ip_ignores_spoofed_x_forwarded_for(request_: Request, network: Network) -> None:
    assert client_network(request_) == network


def test_session_tokens_have_256_random_bits_and_are_stored_as_hashes() -> None:
    tokens = {new_token() for _ in range(100)}

    assert len(tokens) == 100
    assert all(TOKEN_PATTERN.fullmatch(it) for it in tokens)  # 43 characters of Base64: 32 bytes
    assert all(re.fullmatch(r"[0-9a-f]{64}", sha256_hex(it)) for it in tokens)


def test_cookies_are_host_only_and_secure_and_scripts_read_preferences_only(
    tables: LocalCloud, open_browser: OpenBrowser
) -> None:
    with override_settings(base_url="https://shop.example"):
        browser = open_browser()
        answers = [
            put_in_cart(browser, a_product()),
            browser.post("/theme", data={"theme": "dark"}),
            browser.post("/language", data={"language": "de"}),
            browser.post("/debug-panel", data={"debug_panel": "on"}),
        ]
        cookies = [line for it in answers for line in it.headers.get_list("set-cookie")]
        page = browser.get("/sign-in", headers={"Cookie": "; ".join(map(name_and_value, cookies))})

    names = [cookie.partition("=")[0].removeprefix("__Host-") for cookie in cookies]
    assert names == ["visitor", "known", "theme", "language", "debug_panel"]
    for name, cookie in zip(names, cookies, strict=True):
        assert cookie.startswith("__Host-")
        assert {"Secure", "SameSite=Lax", "Path=/"} <= {*cookie.split("; ")}
        assert ("HttpOnly" in cookie) is (name == "visitor")
    assert 'lang="de"' in page.text


def name_and_value(cookie: str) -> str:
    return cookie.partition(";")[0]


def test_removed_merchant_loses_access_at_once(browser: TestClient) -> None:
    merchant = sign_in_as(browser, MERCHANT)
    assert merchant.get("/admin").status_code == 200

    with override_settings(owner_emails="another@hearth.example"):
        assert merchant.get("/admin").status_code == 404


def test_sign_ins_and_refusals_are_logged_without_personal_data(
    tables: LocalCloud, browser: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    email = an_email()
    link = link_for(tables, browser, email)
    browser.post(link)
    browser.post(link)
    browser.cookies.clear()
    browser.get("/admin")
    browser.post("/cart", headers={"Sec-Fetch-Site": "cross-site"})
    browser.get(f"/orders/{'0' * 26}")

    lines = [json.loads(it) for it in capsys.readouterr().err.splitlines()]

    logged = [line.get("sign_in") or line.get("refused") for line in lines]
    assert logged[:3] == ["requested", "done", "refused"]
    assert logged[3:] == ["SignInRequired", "SecurityMiddleware", "OrderNotFound"]
    assert email not in str(lines)
    assert link.rpartition("/")[2] not in str(lines)


def test_sign_out_sends_clear_site_data(tables: LocalCloud, browser: TestClient) -> None:
    sign_in(tables, browser, an_email())

    answer = browser.post("/sign-out")

    assert answer.headers["clear-site-data"] == '"cache", "storage"'


def test_every_page_of_a_signed_in_customer_has_a_sign_out_form(browser: TestClient) -> None:
    known = sign_in_as(browser, an_email())

    for path in ("/visitor", "/orders", "/account", "/cart"):  # shared pages fetch the first
        page = known.get(path, headers={"HX-Request": "true"})
        assert 'action="/sign-out"' in page.text, path
