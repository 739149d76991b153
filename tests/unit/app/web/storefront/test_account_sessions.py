import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from app.web.http.user_agent import parse_user_agent
from infra.local.cloud import LocalCloud
from tests.unit.app.web.pages import FRAGMENT_HEADERS, heading, page_text
from tests.unit.app.web.storefront.test_account import an_email, sign_in

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1"
LAPTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


def place_on(page: str) -> str:
    return page.split('action="/account/sessions/')[1].split("/sign-out", maxsplit=1)[0]


def test_a_lost_phone_is_signed_out_from_the_laptop(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    email = an_email()
    another.headers["User-Agent"], browser.headers["User-Agent"] = PHONE, LAPTOP
    sign_in(tables, another, email)
    sign_in(tables, browser, email)

    page = browser.get("/account")
    assert heading(page) == "Where you are signed in"
    assert "Safari on iPhone" in page_text(page)
    assert "Firefox on Linux here" in page_text(page)

    assert browser.post(f"/account/sessions/{place_on(page.text)}/sign-out").status_code == 303
    assert another.get("/orders").headers["location"] == "/sign-in?next=/orders"
    assert browser.get("/orders").status_code == 200


def test_all_others_are_signed_out_at_once(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    email = an_email()
    sign_in(tables, another, email)
    sign_in(tables, browser, email)

    assert browser.post("/account/sessions/sign-out-others").status_code == 303

    assert another.get("/orders").status_code == 303
    assert "End all" not in page_text(browser.get("/account"))


def test_a_cookie_that_was_kept_opens_nothing_after_signing_out(
    tables: LocalCloud, browser: TestClient
) -> None:
    sign_in(tables, browser, an_email())
    stolen = browser.cookies["visitor"]
    browser.post("/sign-out")

    answer = browser.get("/orders", headers={"Cookie": f"visitor={stolen}"})

    assert answer.headers["location"] == "/sign-in?next=/orders"


@pytest.mark.parametrize("headers", [{}, FRAGMENT_HEADERS])
def test_the_way_back_from_the_sign_in_carries_nothing_of_an_attackers(
    browser: TestClient, headers: dict[str, str]
) -> None:
    answer = browser.get("/admin/orders/%0d%0aSet-Cookie:%20visitor=planted", headers=headers)

    to = answer.headers.get("location") or answer.headers["hx-redirect"]
    assert to == "/sign-in?next=/"
    assert "set-cookie" not in answer.headers


def test_who_sends_a_form_too_late_is_led_to_the_sign_in(browser: TestClient) -> None:
    answer = browser.post("/admin/products/tea-pot/edit", data={"title": "Tea pot"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/admin")


@pytest.mark.parametrize("said", ["", "<script>", "x" * 9_000])
def test_what_a_browser_says_of_itself_is_never_kept(said: str) -> None:
    headers = [(b"user-agent", said.encode())]

    browser = parse_user_agent(Request({"type": "http", "headers": headers}))

    assert (browser.name, browser.system) == ("", "")
