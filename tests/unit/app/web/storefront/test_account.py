"""Sign-in by magic link, sign-out, and signing out other devices."""

import re
from typing import Any

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from ulid import ULID

from app.cart.cart import Cart
from app.web.http.user_agent import parse_user_agent
from app.web.storefront.account import merge_carts
from infra.local.cloud import LocalCloud
from tests.builders import a_product
from tests.crash_injection import failing_calls
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import (
    FRAGMENT_HEADERS,
    heading,
    page_text,
    place_order,
    put_in_cart,
    visitor_text,
)

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1"
LAPTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


def an_email() -> str:
    return f"ada-{ULID()}@potter.example".lower()


def emails_to(cloud: LocalCloud, address: str) -> list[Any]:
    """The emails that the emulated SES has sent to this address, oldest first."""
    mailboxes = cloud.get("/_ministack/ses/messages").json()["messages"]
    return [email for box in mailboxes.values() for email in box if address in str(email)]


def link_for(cloud: LocalCloud, browser: TestClient, email: str, next_path: str = "/") -> str:
    browser.post("/sign-in", data={"email": email, "next": next_path})
    links = re.findall(r"/sign-in/[\w-]{43}", str(emails_to(cloud, email)[-1]))
    return str(links[0])


def sign_in(cloud: LocalCloud, browser: TestClient, email: str) -> None:
    browser.post(link_for(cloud, browser, email))


def test_magic_link_signs_the_customer_in(tables: LocalCloud, browser: TestClient) -> None:
    link = link_for(tables, browser, an_email(), next_path="/orders")

    response = browser.post(link)

    assert (response.status_code, response.headers["location"]) == (303, "/orders")
    assert heading(browser.get("/orders")) == "Your orders"


def test_opening_a_magic_link_does_not_redeem_it(tables: LocalCloud, browser: TestClient) -> None:
    link = link_for(tables, browser, an_email())

    pages = [browser.get(link), browser.get(link)]

    assert all(heading(page) == "Confirm sign-in" for page in pages)
    assert browser.post(link).status_code == 303


def test_magic_link_works_once(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    link = link_for(tables, browser, an_email())
    browser.post(link)

    again = another.post(link)

    assert again.status_code == 404
    assert heading(again) == "This link has expired"
    assert "set-cookie" not in again.headers


def test_sign_in_response_does_not_reveal_whether_an_address_is_known(browser: TestClient) -> None:
    known, unknown = "ada@potter.example", an_email()
    place_order(browser)

    responses = [browser.post("/sign-in", data={"email": it}) for it in (known, unknown)]

    texts = [page_text(a).replace(known, "").replace(unknown, "") for a in responses]
    assert texts[0] == texts[1]


def test_invalid_email_address_is_explained(browser: TestClient) -> None:
    response = browser.post("/sign-in", data={"email": "ada"})

    assert response.status_code == 422
    assert "Enter an email address like name@example.com." in page_text(response)


def test_address_that_ses_refuses_gets_an_error_in_the_form(browser: TestClient) -> None:
    email = an_email()
    with failing_calls("SendEmail", "MessageRejected", "Email address is on the suppression list"):
        response = browser.post("/sign-in", data={"email": email, "next": "/account"})

    assert response.status_code == 422
    assert "We could not send an email to this address." in page_text(response)
    assert email in response.text


@pytest.mark.parametrize("code", ["TooManyRequestsException", "AccountSuspendedException"])
def test_failure_of_ses_is_unavailable_and_names_no_cause(browser: TestClient, code: str) -> None:
    with failing_calls("SendEmail", code):
        response = browser.post("/sign-in", data={"email": an_email()})

    assert response.status_code == 503
    assert "We cannot send emails at the moment." in page_text(response)
    assert code not in response.text


def test_rate_limit_refuses_too_many_sign_in_emails(browser: TestClient) -> None:
    email = an_email()
    responses = [browser.post("/sign-in", data={"email": email}) for _ in range(6)]

    assert [a.status_code for a in responses] == [200] * 5 + [429]
    assert int(responses[-1].headers["retry-after"]) > 0


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_sign_in_never_redirects_to_another_site(
    tables: LocalCloud, browser: TestClient, to: str
) -> None:
    link = link_for(tables, browser, an_email(), next_path=to)

    assert browser.post(link).headers["location"] == "/"


def test_sign_in_issues_a_new_cookie_and_keeps_the_cart(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    put_in_cart(browser, a_product(), 2)
    before = browser.cookies["visitor"]

    sign_in(tables, browser, an_email())

    assert browser.cookies["visitor"] != before
    assert "Cart (2)" in page_text(browser.get("/cart"))
    old = another.get("/cart", headers={"Cookie": f"visitor={before}"})
    assert "Your cart is empty." in page_text(old)


def test_customer_has_the_same_cart_on_every_device(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    email = an_email()
    sign_in(tables, browser, email)
    sign_in(tables, another, email)

    put_in_cart(browser, a_product(title="Round tea pot"), 2)

    assert "Round tea pot" in page_text(another.get("/cart"))


def test_customer_cart_survives_sign_out(tables: LocalCloud, browser: TestClient) -> None:
    email = an_email()
    sign_in(tables, browser, email)
    put_in_cart(browser, a_product(), 2)

    browser.post("/sign-out")
    assert "Cart (0)" in visitor_text(browser)

    sign_in(tables, browser, email)
    assert "Cart (2)" in visitor_text(browser)


def test_guest_cart_is_merged_and_a_flash_message_says_so_once(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    email, product = an_email(), a_product()
    sign_in(tables, another, email)
    put_in_cart(another, product, 2)
    put_in_cart(browser, product, 3)

    sign_in(tables, browser, email)

    page = visitor_text(browser)
    assert "Cart (5)" in page
    assert "We've added the items from your earlier cart" in page
    assert "earlier cart" not in visitor_text(browser)


def test_flash_message_says_when_carts_are_merged_in_part(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    email, product = an_email(), a_product()
    sign_in(tables, another, email)
    put_in_cart(another, product, 8)
    put_in_cart(browser, product, 8)

    sign_in(tables, browser, email)

    page = visitor_text(browser)
    assert "Cart (10)" in page
    assert "up to the limits of one order" in page


def test_cart_stays_with_its_customer_when_another_signs_in(
    tables: LocalCloud, browser: TestClient
) -> None:
    sign_in(tables, browser, an_email())
    put_in_cart(browser, a_product(), 2)

    sign_in(tables, browser, an_email())

    assert "Cart (0)" in visitor_text(browser)


def test_customer_orders_from_their_own_cart(tables: LocalCloud, browser: TestClient) -> None:
    sign_in(tables, browser, an_email())

    order_id = place_order(browser)

    assert "Cart (0)" in page_text(browser.get(f"/orders/{order_id}"))
    assert "Track all your orders" not in page_text(browser.get(f"/orders/{order_id}"))


def test_unknown_flash_code_shows_nothing(browser: TestClient) -> None:
    page = browser.get("/", headers={"Cookie": "flash=<b>evil</b>"})

    assert "evil" not in page.text


def test_order_history_offers_to_reorder(tables: LocalCloud, browser: TestClient) -> None:
    email = an_email()
    order_id = place_order(browser, email=email)
    sign_in(tables, browser, email)

    assert f'action="/orders/{order_id}/reorder"' in browser.get("/orders").text


def test_order_history_lists_orders_of_the_email_address(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    email = an_email()
    order_id = place_order(browser, email=email.upper())

    sign_in(tables, another, email)

    assert f"/orders/{order_id}" in another.get("/orders").text
    assert another.get(f"/orders/{order_id}").status_code == 200


def test_old_cookie_is_invalid_after_sign_out(tables: LocalCloud, browser: TestClient) -> None:
    sign_in(tables, browser, an_email())
    cookie = {"Cookie": f"visitor={browser.cookies['visitor']}"}

    assert "Max-Age=0" in browser.post("/sign-out").headers["set-cookie"]

    assert browser.get("/orders", headers=cookie).headers["location"].startswith("/sign-in")


def test_only_merchants_see_the_link_to_the_admin(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    sign_in(tables, browser, MERCHANT)
    sign_in(tables, another, an_email())

    assert "Admin" in visitor_text(browser)
    assert "Admin" not in visitor_text(another)


def test_merged_carts_keep_the_limits_of_an_order() -> None:
    mine = Cart().with_quantity("TEA-POT", 8, price=100)
    other = Cart().with_quantity("TEA-POT", 8, price=100).with_quantity("MUG", 1, price=50)

    merged = merge_carts(mine, other)

    assert (merged.quantity_of("TEA-POT"), merged.quantity_of("MUG")) == (10, 1)


def session_id_in(page: str) -> str:
    return str(re.findall(r'action="/account/sessions/(\w{26})/sign-out"', page)[0])


def test_customer_signs_out_another_device(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    email = an_email()
    another.headers["User-Agent"], browser.headers["User-Agent"] = PHONE, LAPTOP
    sign_in(tables, another, email)
    sign_in(tables, browser, email)

    page = browser.get("/account")
    assert heading(page) == "Your account"
    assert "Safari on iPhone" in page_text(page)
    assert "Firefox on Linux This device" in page_text(page)

    assert browser.post(f"/account/sessions/{session_id_in(page.text)}/sign-out").status_code == 303
    assert another.get("/orders").headers["location"] == "/sign-in?next=/orders"
    assert browser.get("/orders").status_code == 200


def test_customer_signs_out_all_other_devices(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    email = an_email()
    sign_in(tables, another, email)
    sign_in(tables, browser, email)

    assert browser.post("/account/sessions/sign-out-others").status_code == 303

    assert another.get("/orders").status_code == 303
    assert "Sign out all other devices" not in page_text(browser.get("/account"))


def test_stolen_cookie_is_invalid_after_sign_out(tables: LocalCloud, browser: TestClient) -> None:
    sign_in(tables, browser, an_email())
    stolen = browser.cookies["visitor"]
    browser.post("/sign-out")

    response = browser.get("/orders", headers={"Cookie": f"visitor={stolen}"})

    assert response.headers["location"] == "/sign-in?next=/orders"


@pytest.mark.parametrize("headers", [{}, FRAGMENT_HEADERS])
def test_sign_in_redirect_contains_no_injected_header(
    browser: TestClient, headers: dict[str, str]
) -> None:
    response = browser.get("/admin/orders/%0d%0aSet-Cookie:%20visitor=planted", headers=headers)

    to = response.headers.get("location") or response.headers["hx-redirect"]
    assert to == "/sign-in?next=/"
    assert "set-cookie" not in response.headers


def test_form_of_an_expired_session_redirects_to_sign_in(browser: TestClient) -> None:
    response = browser.post("/admin/products/tea-pot/edit", data={"title": "Tea pot"})

    assert (response.status_code, response.headers["location"]) == (303, "/sign-in?next=/admin")


@pytest.mark.parametrize("user_agent", ["", "<script>", "x" * 9_000])
def test_user_agent_text_is_never_stored(user_agent: str) -> None:
    headers = [(b"user-agent", user_agent.encode())]

    browser = parse_user_agent(Request({"type": "http", "headers": headers}))

    assert (browser.name, browser.system) == ("", "")
