"""Bounces and complaints that SES reports are recorded with the order, and change nothing else."""

import json
from typing import Any

import pytest
from ulid import ULID

from app.emails.send_leases import Result, acquire_lease, record_result
from app.orders.models import Order
from app.orders.queries import load_order_details
from app.persistence.idempotency import recipient_hash
from app.web.storefront.order_headings import confirmation_email
from infra.local.cloud import LocalCloud
from tests.builders import NOON, LambdaContextStub, a_batch, an_order
from tests.unit.workers.queue_readers import drain_queue, emails_to, first_event_of
from workers.email import handler

TYPES = {"bounce": "Email Bounced", "complaint": "Email Complaint Received"}


def an_order_with_email() -> Order:
    order = an_order(email=f"{ULID()}@potter.example".lower())
    handler(a_batch(first_event_of(order)), LambdaContextStub())
    return order


def report(order: Order, kind: str = "bounce", **details: Any) -> str:
    """EventBridge's event as AWS documents it, shortened.

    https://docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html
    """
    mail = {
        "source": "orders@hearth.example",
        "messageId": "EXAMPLE7c191be45",
        "destination": [order.email],
        "headersTruncated": False,
        "headers": [
            {"name": "From", "value": "orders@hearth.example"},
            {"name": "X-Event-Id", "value": f"{order.order_id}-0001"},
        ],
        "tags": {"ses:configuration-set": ["shop"]},
    }
    reasons = {
        "bounce": {"bounceType": "Permanent", "bounceSubType": "NoEmail"},
        "complaint": {"complaintFeedbackType": "abuse"},
    }
    detail = {"eventType": kind.capitalize(), "mail": mail | details, kind: reasons[kind]}
    event = {"source": "aws.ses", "detail-type": TYPES[kind], "detail": detail}
    return json.dumps(event)


def deliver(body: str) -> list[Any]:
    batch = a_batch(body)
    batch["Records"][0]["messageAttributes"] = {}  # EventBridge sets none
    failures = handler(batch, LambdaContextStub())["batchItemFailures"]
    assert isinstance(failures, list)
    return failures


def results(order: Order) -> list[str | None]:
    return [row.skipped for row in load_order_details(order.order_id).email_deliveries]


@pytest.mark.parametrize(("kind", "result"), [("bounce", "bounced"), ("complaint", "complained")])
def test_result_is_recorded_once(tables: LocalCloud, kind: str, result: str) -> None:
    order = an_order_with_email()

    for _ in range(2):
        assert deliver(report(order, kind)) == []

    assert results(order) == [result]


@pytest.mark.parametrize(("kind", "shown"), [("bounce", "refused"), ("complaint", "sent")])
def test_order_page_says_that_an_email_could_not_be_sent_only_if_it_bounced(
    tables: LocalCloud, kind: str, shown: str
) -> None:
    order = an_order_with_email()

    deliver(report(order, kind))

    assert confirmation_email(load_order_details(order.order_id)) == shown


def test_email_that_bounced_is_not_sent_again(tables: LocalCloud) -> None:
    order = an_order_with_email()
    deliver(report(order))

    handler(a_batch(first_event_of(order)), LambdaContextStub())

    assert len(emails_to(tables, order.email)) == 1


def test_transient_bounce_changes_nothing(tables: LocalCloud) -> None:
    order = an_order_with_email()

    assert deliver(report(order).replace("Permanent", "Transient")) == []

    assert results(order) == [None]


@pytest.mark.parametrize(
    "details",
    [
        {"destination": ["someone@else.example"]},
        {"destination": []},
        {"headers": []},
        {"headers": [{"name": "X-Event-Id", "value": f"{ULID()}-0001"}]},
        {"headers": [{"name": "X-Event-Id", "value": ""}]},
        {"headers": [{"name": "X-Event-Id", "value": "-0001"}]},
        {"headers": [{"name": "X-Event-Id", "value": f"{'x' * 3_000}-0001"}]},
    ],
    ids=[
        *("another address", "no address", "no header", "no such order", "empty header"),
        *("no order id", "order id that is too long for a key"),
    ],
)
def test_report_about_no_email_of_an_order_is_ignored(
    tables: LocalCloud, details: dict[str, Any]
) -> None:
    order = an_order_with_email()

    assert deliver(report(order, **details)) == []

    assert results(order) == [None]


def test_report_that_overtakes_the_worker_is_tried_again(tables: LocalCloud) -> None:
    order = an_order(email=f"{ULID()}@potter.example".lower())
    event = first_event_of(order)
    assert acquire_lease(event, recipient_hash(order.order_id, order.email), now=NOON)

    assert deliver(report(order)) != []


@pytest.mark.parametrize("ended", ["outdated", "limited", "refused"])
def test_report_about_an_email_whose_sending_was_not_recorded_is_recorded(
    tables: LocalCloud, ended: Result
) -> None:
    """SES's reply was lost, and the next attempt found that the email must not be sent (again)."""
    order = an_order(email=f"{ULID()}@potter.example".lower())
    event = first_event_of(order)
    lease = acquire_lease(event, recipient_hash(order.order_id, order.email), now=NOON)
    assert lease
    record_result(lease, ended, now=NOON)

    assert deliver(report(order)) == []

    assert results(order) == ["bounced"]


def test_report_that_cannot_be_read_goes_to_the_dead_letter_queue(tables: LocalCloud) -> None:
    marker = str(ULID())

    assert deliver(json.dumps({"detail-type": "Email Bounced", "detail": marker})) == []

    assert marker in str(drain_queue(tables, "email-dead-letters"))
