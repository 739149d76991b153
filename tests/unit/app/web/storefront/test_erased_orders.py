"""An order whose personal data was erased: what shoppers, API clients, merchants and emails see."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.aws.secrets import signing_secret
from app.emails.delivery import email_recipients
from app.orders.models import Order
from app.orders.signed_links import order_key
from app.orders.transitions import find_order
from app.privacy.order_erasure import erase_after_legal_term
from infra.local.cloud import LocalCloud
from tests.builders import NOON, an_order_in_status
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import heading, page_text, sign_in_as
from tests.unit.app.web.storefront.test_account import an_email, emails_to
from tests.unit.workers.queue_readers import events_of


def an_erased_order(status: str = "shipped", **details: Any) -> Order:
    order = an_order_in_status(status, **details)
    erase_after_legal_term(order.order_id)
    return find_order(order.order_id)


def test_signed_link_of_an_erased_order_says_that_it_is_gone(browser: TestClient) -> None:
    order = an_erased_order()

    page = browser.get(
        f"/orders/{order.order_id}?key={order_key(order.order_id, signing_secret())}"
    )

    assert page.status_code == 410
    assert heading(page) == "No longer available"
    assert "We have erased the personal data of this order." in page_text(page)
    assert order.number not in page.text


def test_erased_order_is_not_in_the_customers_list(browser: TestClient) -> None:
    email = an_email()
    order = an_erased_order(email=email)

    orders = sign_in_as(browser, email).get("/orders")

    assert order.number not in orders.text


def test_order_of_a_guest_with_an_empty_id_is_not_theirs(browser: TestClient) -> None:
    """An erased order has no owner, and a visitor without a cookie no id."""
    order = an_erased_order()

    assert browser.get(f"/orders/{order.order_id}").status_code == 404


def test_api_answers_410_for_an_erased_order(browser: TestClient) -> None:
    order = an_erased_order()
    token = order_key(order.order_id, signing_secret())

    response = browser.get(
        f"/api/orders/{order.order_id}", headers={"Authorization": f"Bearer {token}"}
    )

    assert response.status_code == 410
    assert response.json()["title"] == "No longer available"


def test_new_link_to_an_erased_order_is_sent_to_no_one(
    tables: LocalCloud, browser: TestClient
) -> None:
    email = an_email()
    order = an_erased_order(email=email)

    page = browser.post(f"/orders/{order.order_id}/link")

    assert page.status_code == 200
    assert emails_to(tables, email) == []


@pytest.mark.usefixtures("tables")
def test_event_of_an_erased_order_causes_no_email() -> None:
    order = an_erased_order()

    assert [email_recipients(event, order) for event in events_of(order)] == [(), (), ()]


def test_admin_shows_an_erased_order_and_keeps_its_figures(browser: TestClient) -> None:
    order = an_erased_order()

    page = page_text(sign_in_as(browser, MERCHANT).get(f"/admin/orders/{order.order_id}"))
    board = sign_in_as(browser, MERCHANT).get(f"/admin?day={NOON:%Y-%m-%d}")

    assert "Delivery address Erased (DE)" in page
    assert "Email Erased" in page
    assert f"€{order.total / 100:.2f}" in page
    assert "Erased" in page_text(board)
