"""What merchants see on the page of an order whose emails came back."""

import pytest
from fastapi.testclient import TestClient

from app.orders.models import EventRow
from app.persistence.idempotency import EmailDelivery, email_delivery_key
from tests.builders import NOON, an_order
from tests.unit.app.web.pages import page_text
from tests.unit.workers.test_returned_emails import an_order_with_email, deliver, report


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("bounce", "An email came back: this address does not exist"),
        ("complaint", "The customer reported an email as spam"),
    ],
)
def test_page_of_the_order_shows_what_became_of_its_email(
    merchant: TestClient, kind: str, words: str
) -> None:
    order = an_order_with_email()
    page = f"/admin/orders/{order.order_id}"
    assert words not in page_text(merchant.get(page))

    deliver(report(order, kind))

    assert words in page_text(merchant.get(page))


def test_email_to_a_merchant_that_bounced_is_no_problem_of_the_customers_address(
    merchant: TestClient,
) -> None:
    order = an_order()
    key = email_delivery_key(f"{order.order_id}-0002", "a" * 12)
    EmailDelivery(order.order_id, key, sent=True, skipped="bounced", at=NOON).save()
    EventRow(order.order_id, "event#0002", type="stock_low", body="{}", occurred_at=NOON).save()

    page = page_text(merchant.get(f"/admin/orders/{order.order_id}"))

    assert "An email came back" not in page
