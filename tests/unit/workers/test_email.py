from datetime import UTC, datetime, timedelta

import pytest
from ulid import ULID

from app.emails.delivery import LEASE_DURATION, acquire_lease
from app.orders.checkout import place_order
from app.orders.events import write_event
from app.orders.models import Order
from infra.local.cloud import LocalCloud
from tests.builders import NOON, LambdaContextStub, a_batch, a_cart, a_request, an_order_in_status
from tests.crash_injection import crash
from tests.unit.workers.queue_readers import emails_to, events_of, first_event_of, messages_in
from workers.email import handler


def an_email() -> str:
    return f"{ULID()}@potter.example".lower()


def an_order_by(email: str) -> Order:
    return place_order(a_request(email=email), a_cart(), now=NOON)


def failures(response: dict[str, object]) -> int:
    failed = response["batchItemFailures"]
    assert isinstance(failed, list)
    return len(failed)


def test_duplicate_event_sends_one_email(
    tables: LocalCloud,
) -> None:
    email = an_email()
    batch = a_batch(first_event_of(an_order_by(email)))

    for _ in range(3):
        assert failures(handler(batch, LambdaContextStub())) == 0

    (received,) = emails_to(tables, email)
    assert received.sender == "orders@hearth.example"
    assert received.subject
    assert received.text
    assert "<" in received.html


def test_duplicate_event_in_one_batch_sends_one_email(tables: LocalCloud) -> None:
    email = an_email()
    event = first_event_of(an_order_by(email))

    handler(a_batch(event, event), LambdaContextStub())

    assert len(emails_to(tables, email)) == 1


def test_message_is_retried_while_another_worker_holds_the_send_lease(tables: LocalCloud) -> None:
    email = an_email()
    event = first_event_of(an_order_by(email))
    acquire_lease(event, now=datetime.now(UTC))

    assert failures(handler(a_batch(event), LambdaContextStub())) == 1
    assert emails_to(tables, email) == []


def test_email_is_sent_after_the_lease_of_a_crashed_worker_expires(tables: LocalCloud) -> None:
    email = an_email()
    event = first_event_of(an_order_by(email))
    acquire_lease(event, now=datetime.now(UTC) - LEASE_DURATION - timedelta(seconds=1))

    assert failures(handler(a_batch(event), LambdaContextStub())) == 0
    assert len(emails_to(tables, email)) == 1


def test_crash_before_mark_sent_keeps_the_lease_until_it_expires(
    tables: LocalCloud,
) -> None:
    email = an_email()
    event = first_event_of(an_order_by(email))
    with crash(before="UpdateItem email# true"):
        handler(a_batch(event), LambdaContextStub())

    assert failures(handler(a_batch(event), LambdaContextStub())) == 1
    assert len(emails_to(tables, email)) == 1


def test_closed_order_gets_no_confirmation_email(tables: LocalCloud) -> None:
    order = an_order_in_status("declined")
    before = len(emails_to(tables, order.email))

    handler(a_batch(first_event_of(order)), LambdaContextStub())

    assert len(emails_to(tables, order.email)) == before


def test_shipped_order_gets_two_emails(tables: LocalCloud) -> None:
    email = an_email()
    order = an_order_in_status("shipped", email=email)

    events = [it for it in events_of(order) if it.type != "order_paid"]
    handler(a_batch(*events), LambdaContextStub())

    assert len(emails_to(tables, email)) == 2


def test_merchants_get_an_email_about_a_review(tables: LocalCloud) -> None:
    before = len(emails_to(tables, "merchant@hearth.example"))
    order = an_order_in_status("reviewing")

    handler(a_batch(events_of(order)[-1]), LambdaContextStub())

    assert len(emails_to(tables, "merchant@hearth.example")) == before + 1


def test_event_of_a_missing_order_goes_to_the_dead_letter_queue(
    tables: LocalCloud, dead_letter_queue: str
) -> None:
    event = first_event_of(an_order_by(an_email()))
    Order(event.order_id, "order").delete()

    assert failures(handler(a_batch(event), LambdaContextStub())) == 0
    (message,) = messages_in(tables, dead_letter_queue)
    assert message["Body"] == write_event(event)


@pytest.mark.parametrize("status", ["declined", "cancelled"])
def test_customer_gets_an_email_about_a_closed_order(tables: LocalCloud, status: str) -> None:
    email = an_email()
    order = an_order_in_status(status, email=email)

    handler(a_batch(events_of(order)[-1]), LambdaContextStub())

    (received,) = emails_to(tables, email)
    assert order.number in received.text


def test_email_is_in_the_language_of_its_order(tables: LocalCloud) -> None:
    email = an_email()
    order = place_order(a_request(email=email, language="de"), a_cart(), now=NOON)

    handler(a_batch(first_event_of(order)), LambdaContextStub())

    (received,) = emails_to(tables, email)
    assert received.subject == f"Bestellung {order.number} erhalten"
    assert "30,40\xa0€" in received.text
