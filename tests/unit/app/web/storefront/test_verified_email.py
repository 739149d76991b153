"""Whether the customer of an order has proved that its email address is theirs."""

import pytest
from fastapi.testclient import TestClient

from app.orders.queries import load_order_details
from tests.unit.app.web.pages import place_order, sign_in_as


def test_guest_has_not_verified_the_email_of_an_order(browser: TestClient) -> None:
    order_id = place_order(browser)

    assert load_order_details(order_id).order.email_verified is None


@pytest.mark.parametrize(
    ("email", "verified"), [("Ada@potter.example", True), ("bo@potter.example", None)]
)
def test_customer_has_verified_only_the_email_they_are_signed_in_with(
    browser: TestClient, email: str, verified: bool | None
) -> None:
    sign_in_as(browser, "ada@potter.example")

    order_id = place_order(browser, email=email)

    assert load_order_details(order_id).order.email_verified is verified
