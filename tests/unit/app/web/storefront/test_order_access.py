"""Who may open an order's page, for how long, and how its owner gets a new link."""

import re

import pytest
from fastapi.testclient import TestClient
from itsdangerous import TimestampSigner
from ulid import ULID

from app.aws.secrets import signing_secret
from app.orders.signed_links import LINK_LIFETIME_SECONDS, order_key
from app.web.storefront.order_links import ORDER_LINKS
from infra.local.cloud import LocalCloud
from tests.builders import a_product
from tests.fake_clouds import override_settings
from tests.unit.app.web.pages import FRAGMENT_HEADERS, input_values, page_text, place_order
from tests.unit.app.web.storefront.test_account import an_email, emails_to, sign_in

A_DAY = 24 * 60 * 60


def link_in(email: object) -> str:
    return str(re.findall(r"/orders/\w{26}\?key=[\w.-]+", str(email))[0])


def test_link_opens_the_order_for_a_day_in_a_browser_without_cookies(
    browser: TestClient, another: TestClient
) -> None:
    order_id = place_order(browser)

    response = another.get(f"/orders/{order_id}?key={order_key(order_id, signing_secret())}")

    visitor, known, *grants = response.headers.get_list("set-cookie")
    assert visitor.startswith("visitor=")
    assert known.startswith("known=1;")
    for prefix, grant in zip(("", "/de"), grants, strict=True):
        assert f"Max-Age={A_DAY}; Path={prefix}/orders/{order_id};" in grant
    assert another.get(f"/orders/{order_id}").status_code == 200
    assert another.post(f"/orders/{order_id}/cancel").status_code == 303


def test_key_of_a_link_is_not_in_the_cookie(browser: TestClient, another: TestClient) -> None:
    order_id = place_order(browser)
    key = order_key(order_id, signing_secret())

    another.get(f"/orders/{order_id}?key={key}")

    assert key not in str(another.cookies)
    grant = another.cookies.get("order", path=f"/orders/{order_id}")
    assert another.get(f"/orders/{order_id}?key={grant}").status_code == 404


def test_grant_cookie_is_secure_over_https(tables: LocalCloud, browser: TestClient) -> None:
    order_id = place_order(browser)
    key = order_key(order_id, signing_secret())

    with override_settings(base_url="https://shop.example"):
        cookies = browser.get(f"/orders/{order_id}?key={key}").headers.get_list("set-cookie")

    assert all("Secure" in cookie for cookie in cookies)
    assert all("HttpOnly" in cookie for cookie in cookies if not cookie.startswith("__Host-known="))
    assert [cookie.partition("=")[0] for cookie in cookies] == [
        "__Host-visitor",
        "__Host-known",
        "__Secure-order",
        "__Secure-order",
    ]


def test_new_link_is_sent_to_the_address_of_the_order_alone(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    email = an_email()
    order_id = place_order(browser, email=email, name="Ottoline Weaver")
    page = another.get(f"/orders/{order_id}")
    assert page.status_code == 404
    assert f'action="/orders/{order_id}/link"' in page.text

    sent = another.post(f"/orders/{order_id}/link")

    (message,) = emails_to(tables, email)
    assert sent.status_code == 200
    assert email not in sent.text
    assert "Ottoline" not in str(message)
    assert "12 Kiln Row" not in str(message)
    assert another.get(link_in(message)).status_code == 303
    assert another.get(f"/orders/{order_id}").status_code == 200


def test_new_link_is_in_the_language_of_the_order(tables: LocalCloud, browser: TestClient) -> None:
    email = an_email()
    browser.post("/language", data={"language": "de"})
    order_id = place_order(browser, email=email)

    browser.post(f"/orders/{order_id}/link", headers={"Cookie": "language=en"})

    assert "Dein Link zur Bestellung" in str(emails_to(tables, email))


def test_answer_about_an_unknown_order_is_the_same(browser: TestClient) -> None:
    known, unknown = place_order(browser, email=an_email()), str(ULID())

    answers = {
        order_id: [
            browser.post(f"/orders/{order_id}/link") for _ in range(ORDER_LINKS.max_hits + 1)
        ]
        for order_id in (known, unknown)
    }

    texts = {
        order_id: [(it.status_code, it.text.replace(order_id, "")) for it in sent]
        for order_id, sent in answers.items()
    }
    assert texts[known] == texts[unknown]
    assert [status for status, _ in texts[known]] == [200] * ORDER_LINKS.max_hits + [429]
    assert int(answers[known][-1].headers["retry-after"]) > 0


@pytest.mark.parametrize("order_id", ["x", "0" * 27, "%00", "%ED%A0%80", "x" * 3_000])
def test_text_that_is_no_order_id_has_no_link(browser: TestClient, order_id: str) -> None:
    assert browser.post(f"/orders/{order_id}/link").status_code == 404
    assert "/link" not in browser.get(f"/orders/{order_id}").text


def test_expired_link_offers_a_new_one(
    browser: TestClient, another: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = place_order(browser)
    now = TimestampSigner("").get_timestamp()
    with monkeypatch.context() as earlier:
        earlier.setattr(TimestampSigner, "get_timestamp", lambda _: now - LINK_LIFETIME_SECONDS - 1)
        key = order_key(order_id, signing_secret())

    page = another.get(f"/orders/{order_id}?key={key}")

    assert page.status_code == 404
    assert "Email me a new link" in page_text(page)
    assert "A link from our emails opens it for a day." in page_text(page)


def test_poll_without_access_gets_a_notice_instead_of_a_page(
    browser: TestClient, another: TestClient
) -> None:
    answer = another.get(f"/orders/{place_order(browser)}", headers=FRAGMENT_HEADERS)

    assert (answer.status_code, answer.headers["hx-retarget"]) == (404, "#toast-message")
    assert "<html" not in answer.text


def test_guest_removes_an_order_from_the_browser(browser: TestClient) -> None:
    order_id = place_order(browser)
    page = browser.get(f"/orders/{order_id}")
    assert "anyone who uses this browser can open an order for 7 days" in page_text(page)

    assert browser.post("/sign-out").status_code == 303

    assert browser.get(f"/orders/{order_id}").status_code == 404
    place_order(browser)  # with another cookie, everything works


def test_customer_finds_an_order_with_another_address_on_every_device(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    email = an_email()
    sign_in(tables, browser, email)
    sign_in(tables, another, email)

    order_id = place_order(browser, a_product(), email=an_email())

    assert another.get(f"/orders/{order_id}").status_code == 200
    assert "Remove my orders" not in page_text(another.get(f"/orders/{order_id}"))


def test_account_page_says_what_signing_out_does(tables: LocalCloud, browser: TestClient) -> None:
    sign_in(tables, browser, an_email())

    text = page_text(browser.get("/account"))

    assert "After you sign out, this browser no longer shows your orders, address or cart." in text


def test_sign_in_offer_of_an_order_still_names_its_address(browser: TestClient) -> None:
    order_id = place_order(browser, email="ada@potter.example")

    assert input_values(browser.get(f"/orders/{order_id}"))["email"] == "ada@potter.example"
