"""What merchants see on the page of an order whose emails came back."""

import pytest
from fastapi.testclient import TestClient

from app.persistence.idempotency import EmailDelivery, email_delivery_key, recipient_hash
from app.web.admin.orders import EMAIL_PROBLEMS
from tests.builders import NOON, an_order_in_status
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import page_text
from tests.unit.workers.queue_readers import events_of
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


@pytest.mark.parametrize("result", ["bounced", "complained", "refused"])
def test_email_to_a_merchant_that_came_back_is_no_problem_of_the_customers_address(
    merchant: TestClient, result: str
) -> None:
    order = an_order_in_status("reviewing")  # a merchant got an email about the review
    *_, requested = events_of(order)
    merchants_hash = recipient_hash(order.order_id, MERCHANT)
    key = email_delivery_key(requested.event_id, merchants_hash)
    EmailDelivery(order.order_id, key, sent=True, skipped=result, at=NOON).save()

    page = page_text(merchant.get(f"/admin/orders/{order.order_id}"))

    assert [text for text in EMAIL_PROBLEMS.values() if text in page] == []
