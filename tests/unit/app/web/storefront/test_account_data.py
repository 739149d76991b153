"""A customer downloads their data and deletes their account, without JavaScript."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.customers.accounts import DeletedAccount
from app.customers.models import (
    Session,
    VisitorPart,
    customer_id,
    new_session_token,
    visitor_id_of,
    visitor_key,
)
from app.customers.sessions import RECENT_SIGN_IN, list_sessions, start_session
from app.orders.models import Order
from app.orders.transitions import find_order
from app.persistence.audit_log import AuditLogEntry
from app.privacy.erasure_requests import (
    REQUESTS_OWNER,
    SETTLED_AFTER,
    ErasureRequest,
    follow_erasure_requests,
)
from app.privacy.order_erasure import Erasure
from app.web.storefront.account_data import EXPORTS
from infra.local.cloud import LocalCloud
from tests.builders import a_product, an_order_in_status, sku_of
from tests.unit.app.web.pages import heading, page_text, place_order, put_in_cart, sign_in_as
from tests.unit.app.web.storefront.test_account import an_email, sign_in

PATH = "/account/delete"


def exported(browser: TestClient) -> Any:
    response = browser.post("/account/export")
    assert response.status_code == 200, page_text(response)
    return json.loads(response.content)


def sign_in_long_ago(browser: TestClient, email: str) -> TestClient:
    token = new_session_token()
    long_ago = datetime.now(UTC) - RECENT_SIGN_IN - timedelta(seconds=5)
    start_session(visitor_id_of(token), email, now=long_ago)
    browser.headers["Cookie"] = f"visitor={token}"
    return browser


def requests_with(order_id: str) -> list[ErasureRequest]:
    rows = ErasureRequest.query(REQUESTS_OWNER)
    return [row for row in rows if order_id in (row.order_ids or ())]


# --- export ----------------------------------------------------------------------------------


def test_export_is_a_json_file_that_no_cache_keeps(browser: TestClient) -> None:
    response = sign_in_as(browser, an_email()).post("/account/export")

    assert response.headers["content-type"] == "application/json"
    disposition = 'attachment; filename="hearth-and-clay-data.json"'
    assert response.headers["content-disposition"] == disposition
    assert "no-store" in response.headers["cache-control"]


def test_export_has_everything_about_the_customer(tables: LocalCloud, browser: TestClient) -> None:
    email, product = an_email(), a_product()
    sign_in(tables, browser, email)
    order = find_order(place_order(browser, product, email=email))
    put_in_cart(browser, product, 2)

    data = exported(browser)

    assert data["profile"] == {"email": email}
    assert data["cart"] == [{"sku": sku_of(product), "quantity": 2, "price": product.price}]
    assert data["checkout"]["street"] == "12 Kiln Row"
    assert len(data["devices"]) == 1
    (of_order,) = data["orders"]
    assert (of_order["number"], of_order["email"]) == (order.number, email)
    assert of_order["address"]["name"] == "Ada Potter"
    assert of_order["lines"][0]["title"] == product.title
    assert [event["type"] for event in of_order["events"]] == ["order_placed"]


def test_export_has_the_orders_of_a_guest_with_the_same_email(
    browser: TestClient, another: TestClient
) -> None:
    email = an_email()
    order = find_order(place_order(browser, email=email))

    data = exported(sign_in_as(another, email))

    assert [it["number"] for it in data["orders"]] == [order.number]


def test_order_with_another_email_is_listed_exported_and_erased_with_the_account(
    browser: TestClient,
) -> None:
    sign_in_as(browser, an_email())
    order = find_order(place_order(browser, email=an_email()))

    page = browser.get("/orders")
    data = exported(browser)
    deletion = page_text(browser.get(PATH))
    browser.post(PATH)

    assert order.number in page.text
    assert [it["number"] for it in data["orders"]] == [order.number]
    assert order.number in deletion, "it is not finished yet"
    assert len(requests_with(order.order_id)) == 1


def test_export_has_nothing_of_others_and_no_secret(
    browser: TestClient, another: TestClient
) -> None:
    place_order(another, email=an_email())
    visitor = sign_in_as(browser, an_email()).headers["Cookie"].removeprefix("visitor=")

    response = browser.post("/account/export")

    assert json.loads(response.content)["orders"] == []
    assert visitor_id_of(visitor) not in response.text


def test_exports_are_limited(browser: TestClient) -> None:
    sign_in_as(browser, an_email())

    answers = [browser.post("/account/export").status_code for _ in range(EXPORTS.max_hits + 1)]

    assert answers == [200] * EXPORTS.max_hits + [429]


def test_guest_has_no_export(browser: TestClient) -> None:
    response = browser.post("/account/export")

    assert response.headers["location"] == "/sign-in?next=/account"


# --- deletion --------------------------------------------------------------------------------


def test_account_page_leads_to_download_and_deletion(browser: TestClient) -> None:
    page = sign_in_as(browser, an_email()).get("/account")

    assert heading(page) == "Your account"
    assert 'action="/account/export"' in page.text
    assert f'href="{PATH}"' in page.text
    assert 'href="/orders"' in page.text


def test_deletion_says_what_goes_and_what_stays(browser: TestClient) -> None:
    page = page_text(sign_in_as(browser, an_email()).get(PATH))

    assert f"From each order, {SETTLED_AFTER.days} days after it is closed" in page
    assert "The law asks us to keep invoices for 8 years" in page
    assert "Delete my account" in page


def test_deletion_ends_all_sessions_and_deletes_all_rows_of_the_customer(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    email = an_email()
    sign_in(tables, another, email)
    sign_in(tables, browser, email)
    put_in_cart(browser, a_product())

    response = browser.post(PATH)

    assert (response.status_code, response.headers["location"]) == (303, "/account/deleted")
    assert response.headers["clear-site-data"] == '"cache", "storage"'
    assert list_sessions(email, now=datetime.now(UTC)) == []
    (mark,) = VisitorPart.query(visitor_key(customer_id(email)))
    assert isinstance(mark, DeletedAccount)
    for it in (browser, another):
        assert it.get("/orders").headers["location"] == "/sign-in?next=/orders"
    assert heading(browser.get("/account/deleted")) == "Account deleted"


def test_copy_of_the_cookie_opens_nothing_after_the_deletion(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    email = an_email()
    sign_in(tables, browser, email)
    order_id = place_order(browser, email=email)
    copy = "; ".join(f"{it.name}={it.value}" for it in browser.cookies.jar)
    browser.post(PATH)
    another.headers["Cookie"] = copy

    assert another.get(f"/orders/{order_id}").status_code == 404
    assert another.get("/account").status_code == 303


def test_orders_are_erased_when_they_are_settled(browser: TestClient) -> None:
    email = an_email()
    orders = [an_order_in_status(it, email=email) for it in ("shipped", "declined")]
    sign_in_as(browser, email).post(PATH)

    settled = find_order(orders[0].order_id).status_changed_at + SETTLED_AFTER * 2
    follow_erasure_requests(lambda: True, now=settled)

    erasures = [find_order(it.order_id).erasure for it in orders]
    assert erasures == [Erasure.CONTACT, Erasure.COMPLETE]
    assert [*Order.by_customer.query(email)] == []


def test_open_order_is_named_and_finished_first(browser: TestClient) -> None:
    email = an_email()
    order = an_order_in_status("paid", email=email)

    page = page_text(sign_in_as(browser, email).get(PATH))
    response = browser.post(PATH)

    assert "We finish these orders first" in page
    assert order.number in page
    assert response.status_code == 303
    assert find_order(order.order_id).email == email
    assert len(requests_with(order.order_id)) == 1


def test_deletion_needs_a_recent_sign_in(browser: TestClient) -> None:
    email = an_email()
    sign_in_long_ago(browser, email)

    page = browser.get(PATH)
    response = browser.post(PATH)

    assert "Send sign-in link" in page_text(page)
    assert "Delete my account" not in page_text(page)
    assert (response.status_code, response.headers["location"]) == (303, PATH)
    assert len(list_sessions(email, now=datetime.now(UTC))) == 1


def test_new_sign_in_link_leads_back_to_the_deletion(
    tables: LocalCloud, browser: TestClient
) -> None:
    email = an_email()
    sign_in_long_ago(browser, email)
    page = browser.get(PATH)

    assert f'<input type="hidden" name="next" value="{PATH}">' in page.text
    assert f'<input type="hidden" name="email" value="{email}">' in page.text


def test_repeat_leads_to_the_sign_in_page_and_requests_nothing(browser: TestClient) -> None:
    email = an_email()
    order = an_order_in_status("shipped", email=email)
    sign_in_as(browser, email)

    responses = [browser.post(PATH) for _ in range(2)]

    assert [it.headers["location"] for it in responses] == [
        "/account/deleted",
        "/sign-in?next=/account",
    ]
    assert len(requests_with(order.order_id)) == 1


def test_deletion_is_recorded_without_the_name_of_the_customer(browser: TestClient) -> None:
    email = an_email()
    an_order_in_status("shipped", email=email)

    sign_in_as(browser, email).post(PATH)

    month = f"{datetime.now(UTC):%Y-%m}"
    entry = [it for it in AuditLogEntry.query(month) if it.by == "customer"][-1]
    assert entry.summary == "Deleted their account; orders to erase: 1"
    assert email not in str(entry.serialize())


@pytest.mark.parametrize("path", [PATH, "/account/export"])
def test_request_from_another_site_changes_nothing(browser: TestClient, path: str) -> None:
    email = an_email()
    sign_in_as(browser, email)

    response = browser.post(path, headers={"Sec-Fetch-Site": "cross-site"})

    assert response.status_code == 403
    assert [*Session.query(visitor_key(visitor_of(browser)))] != []


def visitor_of(browser: TestClient) -> str:
    return visitor_id_of(browser.headers["Cookie"].removeprefix("visitor="))


def test_word_of_success_after_signing_in_is_shown_once(
    tables: LocalCloud, browser: TestClient
) -> None:
    sign_in(tables, browser, an_email())

    assert "You're signed in." in page_text(browser.get("/account"))
    assert "You're signed in." not in page_text(browser.get("/account"))
