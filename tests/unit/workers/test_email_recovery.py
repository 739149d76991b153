"""Emails to several recipients survive crashes, redrives and changed settings, without repeats."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app import clock
from app.emails.send_leases import LEASE_DURATION
from app.orders.events import OrderEvent
from infra.local.cloud import LocalCloud
from tests.builders import LambdaContextStub, a_batch, an_order_in_status
from tests.crash_injection import crash, crash_after_call, failing_calls
from tests.fake_clouds import override_settings
from tests.unit.workers.queue_readers import emails_to, events_of, messages_in
from workers.email import handler

REFUSED = "ada@hearth.example"
OTHERS = ("bo@hearth.example", "cy@hearth.example")
MERCHANTS = ",".join((REFUSED, *OTHERS))


@pytest.fixture
def review_request(dead_letter_queue: str) -> Iterator[OrderEvent]:
    with override_settings(
        owner_emails=MERCHANTS, staff_emails="", dead_letter_queue_url=dead_letter_queue
    ):
        yield events_of(an_order_in_status("reviewing"))[-1]


def received(cloud: LocalCloud, event: OrderEvent, *addresses: str) -> list[int]:
    return [sum(event.order_id in it.text for it in emails_to(cloud, to)) for to in addresses]


def redriven(cloud: LocalCloud, queue: str, event: OrderEvent) -> list[dict[str, Any]]:
    """The batches of a redrive of everything in the dead-letter queue."""
    batches = []
    for message in messages_in(cloud, queue):
        batch = a_batch(event)
        batch["Records"][0]["messageAttributes"] = {
            name: {"stringValue": it["StringValue"]}
            for name, it in message["MessageAttributes"].items()
        }
        batches.append(batch)
    return batches


def deliver_after_the_lease(batch: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    later = datetime.now(UTC) + LEASE_DURATION + timedelta(seconds=1)
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: later)
        return handler(batch, LambdaContextStub())


def test_crash_after_any_call_loses_no_email_and_repeats_only_the_one_that_was_sent(
    tables: LocalCloud,
    review_request: OrderEvent,
    dead_letter_queue: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crashes = 0
    while True:
        event = events_of(an_order_in_status("reviewing"))[-1]
        with failing_calls(f"SendEmail {REFUSED}", "MessageRejected"):
            with crash_after_call(crashes + 1) as crashed_at:
                handler(a_batch(event), LambdaContextStub())
            response = deliver_after_the_lease(a_batch(event), monkeypatch)
        assert response == {"batchItemFailures": []}
        counts = received(tables, event, REFUSED, *OTHERS)
        copies = redriven(tables, dead_letter_queue, event)
        assert copies, crashed_at
        for batch in copies:
            assert handler(batch, LambdaContextStub()) == {"batchItemFailures": []}
        assert received(tables, event, REFUSED) == [1], crashed_at
        repeats = sum(counts) - len(OTHERS)
        assert min(counts[1:]) == 1, crashed_at
        assert repeats == any("SendEmail" in call for call in crashed_at), crashed_at
        if not crashed_at:
            break
        crashes += 1
    assert crashes >= 8


def test_address_that_is_no_longer_a_merchants_gets_no_redriven_email(
    tables: LocalCloud, review_request: OrderEvent, dead_letter_queue: str
) -> None:
    with failing_calls(f"SendEmail {REFUSED}", "MessageRejected"):
        handler(a_batch(review_request), LambdaContextStub())
    (batch,) = redriven(tables, dead_letter_queue, review_request)

    with override_settings(owner_emails=",".join(OTHERS)):
        assert handler(batch, LambdaContextStub()) == {"batchItemFailures": []}

    assert received(tables, review_request, REFUSED, *OTHERS) == [0, 1, 1]


def test_merchant_added_between_two_attempts_gets_the_email_and_the_others_no_second_one(
    tables: LocalCloud, review_request: OrderEvent
) -> None:
    batch = a_batch(review_request)
    with (
        override_settings(owner_emails=",".join(OTHERS)),
        failing_calls(f"SendEmail {OTHERS[1]}", "TooManyRequestsException"),
    ):
        assert handler(batch, LambdaContextStub())["batchItemFailures"]

    assert handler(batch, LambdaContextStub()) == {"batchItemFailures": []}

    assert received(tables, review_request, REFUSED, *OTHERS) == [1, 1, 1]


def test_two_dead_letters_of_one_refused_address_send_one_email(
    tables: LocalCloud,
    review_request: OrderEvent,
    dead_letter_queue: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A crash between the dead letter and the record leaves two."""
    with failing_calls(f"SendEmail {REFUSED}", "MessageRejected"):
        with crash(after="SendMessage"):
            handler(a_batch(review_request), LambdaContextStub())
        deliver_after_the_lease(a_batch(review_request), monkeypatch)
    copies = redriven(tables, dead_letter_queue, review_request)
    assert len(copies) == 2

    for batch in copies:
        assert handler(batch, LambdaContextStub()) == {"batchItemFailures": []}

    assert received(tables, review_request, REFUSED) == [1]


@pytest.mark.parametrize("count", ["1", "999", "1000000"])
def test_message_without_attributes_is_processed_whatever_its_receive_count(
    tables: LocalCloud, review_request: OrderEvent, count: str
) -> None:
    batch = a_batch(review_request)
    (record,) = batch["Records"]
    record["attributes"]["ApproximateReceiveCount"] = count
    record.pop("messageAttributes", None)
    with failing_calls("SendEmail", "ServiceUnavailableException"):
        assert len(handler(batch, LambdaContextStub())["batchItemFailures"]) == 1

    assert handler(json.loads(json.dumps(batch)), LambdaContextStub()) == {"batchItemFailures": []}
    assert received(tables, review_request, REFUSED, *OTHERS) == [1, 1, 1]
