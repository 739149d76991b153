import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ulid import ULID

from app.errors import NotFound
from app.orders.events import OrderEvent, read_event
from infra.local.cloud import LocalCloud
from tests.builders import LambdaContextStub, a_batch, an_order
from tests.crash_injection import recorded_calls
from tests.fake_clouds import ACCOUNT, override_settings
from tests.unit.workers.queue_readers import first_event_of
from workers.batch import process_events
from workers.retry_policy import MAX_RECEIVE_COUNT


@pytest.fixture
def dead_letter_queue(tables: LocalCloud) -> Iterator[str]:
    """A queue of this test, configured as the dead-letter queue of the worker."""
    url = tables.client("sqs").create_queue(QueueName=f"dead-{ULID()}")["QueueUrl"]
    with override_settings(dead_letter_queue_url=url):
        yield url


def messages_in(cloud: LocalCloud, url: str) -> list[dict[str, Any]]:
    response = cloud.client("sqs").receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    messages: list[dict[str, Any]] = response.get("Messages", [])
    return messages


class RecordingWorker:
    """A worker that records the orders of its events, and fails for one of them."""

    def __init__(self, failing: str = "") -> None:
        self.processed: list[str] = []
        self.failing = failing

    def __call__(self, event: OrderEvent) -> None:
        if event.order_id == self.failing:
            raise RuntimeError("as configured")
        self.processed.append(event.order_id)


def failed_messages(response: dict[str, Any]) -> list[str]:
    return [it["itemIdentifier"] for it in response["batchItemFailures"]]


def test_each_event_of_a_batch_is_processed(tables: LocalCloud) -> None:
    events = [first_event_of(an_order()) for _ in range(3)]
    worker = RecordingWorker()

    response = process_events(a_batch(*events), LambdaContextStub(), worker, worker="tests")

    assert worker.processed == [event.order_id for event in events]
    assert failed_messages(response) == []


def test_partial_batch_response_returns_only_the_failed_message(tables: LocalCloud) -> None:
    good, bad, also_good = (first_event_of(an_order()) for _ in range(3))
    worker = RecordingWorker(failing=bad.order_id)
    batch = a_batch(good, bad, also_good)

    response = process_events(batch, LambdaContextStub(), worker, worker="tests")

    assert worker.processed == [good.order_id, also_good.order_id]
    assert failed_messages(response) == [batch["Records"][1]["messageId"]]


def test_unreadable_message_goes_to_the_dead_letter_queue_unchanged_with_its_reason(
    tables: LocalCloud, dead_letter_queue: str
) -> None:
    good, poison = first_event_of(an_order()), '{"type": "order_teleported"}'
    worker = RecordingWorker()

    response = process_events(a_batch(poison, good), LambdaContextStub(), worker, worker="tests")

    assert failed_messages(response) == []
    assert worker.processed == [good.order_id]
    (message,) = messages_in(tables, dead_letter_queue)
    assert message["Body"] == poison
    assert "order_teleported" in message["MessageAttributes"]["reason"]["StringValue"]


@pytest.mark.parametrize(
    "poison",
    [
        "not json",
        "{}",
        json.dumps({"Type": "Notification", "Message": "an envelope instead of the event"}),
        json.dumps({"text": "ü" * 20_000}),
    ],
)
def test_any_unreadable_message_goes_to_the_dead_letter_queue(
    tables: LocalCloud, dead_letter_queue: str, poison: str
) -> None:
    response = process_events(
        a_batch(poison), LambdaContextStub(), RecordingWorker(), worker="tests"
    )

    assert failed_messages(response) == []
    assert [message["Body"] for message in messages_in(tables, dead_letter_queue)] == [poison]


def test_message_whose_type_attribute_differs_from_its_body_goes_to_the_dead_letter_queue(
    tables: LocalCloud, dead_letter_queue: str
) -> None:
    batch = a_batch(first_event_of(an_order()))
    attributes = {"type": {"stringValue": "order_cancelled", "dataType": "String"}}
    batch["Records"][0]["messageAttributes"] = attributes
    worker = RecordingWorker()

    process_events(batch, LambdaContextStub(), worker, worker="tests")

    assert worker.processed == []
    (message,) = messages_in(tables, dead_letter_queue)
    assert "order_cancelled" in message["MessageAttributes"]["reason"]["StringValue"]


def test_message_is_retried_when_the_dead_letter_queue_is_unavailable(tables: LocalCloud) -> None:
    good = first_event_of(an_order())
    worker = RecordingWorker()
    batch = a_batch("poison", good)

    with override_settings(dead_letter_queue_url=f"{tables.url}/{ACCOUNT}/no-such-queue"):
        response = process_events(batch, LambdaContextStub(), worker, worker="tests")

    assert worker.processed == [good.order_id]
    assert failed_messages(response) == [batch["Records"][0]["messageId"]]


def test_failed_message_is_retried_with_exponential_backoff(tables: LocalCloud) -> None:
    sqs = tables.client("sqs")
    url = sqs.create_queue(QueueName=f"queue-{ULID()}")["QueueUrl"]
    bad = first_event_of(an_order())

    def backoff(attempt: int) -> float:
        sqs.send_message(QueueUrl=url, MessageBody="any")
        batch = a_batch(bad, tries=attempt)
        (message,) = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"]
        batch["Records"][0]["receiptHandle"] = message["ReceiptHandle"]
        with override_settings(queue_url=url), recorded_calls() as calls:
            process_events(
                batch, LambdaContextStub(), RecordingWorker(bad.order_id), worker="tests"
            )
        sqs.purge_queue(QueueUrl=url)
        (request,) = (json.loads(it.partition(" ")[2]) for it in calls if "Visibility" in it)
        return float(request["VisibilityTimeout"])

    assert 15 <= backoff(1) <= 20
    assert 120 <= backoff(4) <= 160


def test_last_failed_attempt_goes_to_the_dead_letter_queue_with_its_reason_and_attributes(
    tables: LocalCloud, dead_letter_queue: str
) -> None:
    bad = first_event_of(an_order())
    batch = a_batch(bad, tries=MAX_RECEIVE_COUNT)
    attributes = {"type": {"stringValue": "order_placed", "dataType": "String"}}
    batch["Records"][0]["messageAttributes"] = attributes

    response = process_events(
        batch, LambdaContextStub(), RecordingWorker(bad.order_id), worker="tests"
    )

    assert failed_messages(response) == []
    (message,) = messages_in(tables, dead_letter_queue)
    assert read_event(message["Body"]) == bad
    values = {name: it["StringValue"] for name, it in message["MessageAttributes"].items()}
    assert values == {"type": "order_placed", "reason": "RuntimeError, after 5 attempts"}


@pytest.mark.parametrize(
    ("age", "is_permanent"), [(timedelta(days=2), True), (timedelta(hours=1), False)]
)
def test_missing_order_is_a_permanent_failure_after_one_day(
    tables: LocalCloud, dead_letter_queue: str, age: timedelta, is_permanent: bool
) -> None:
    event = first_event_of(an_order(now=datetime.now(UTC) - age))

    def find_no_order(event: OrderEvent) -> None:
        raise NotFound("Order not found.")

    response = process_events(a_batch(event), LambdaContextStub(), find_no_order, worker="tests")

    assert bool(messages_in(tables, dead_letter_queue)) is is_permanent
    assert bool(failed_messages(response)) is not is_permanent


def test_remaining_messages_are_returned_when_time_runs_out(tables: LocalCloud) -> None:
    events = [first_event_of(an_order()) for _ in range(3)]
    batch = a_batch(*events)
    worker = RecordingWorker()

    class OutOfTimeAfterOne(LambdaContextStub):
        """A context with enough time for one message."""

        def get_remaining_time_in_millis(self) -> int:
            return 4_999 if worker.processed else 30_000

    response = process_events(batch, OutOfTimeAfterOne(), worker, worker="tests")

    assert worker.processed == [events[0].order_id]
    assert failed_messages(response) == [it["messageId"] for it in batch["Records"][1:]]


def test_log_has_the_event_and_the_error_but_no_personal_data(
    tables: LocalCloud, capfd: pytest.CaptureFixture[str]
) -> None:
    event = first_event_of(an_order())

    process_events(
        a_batch(event), LambdaContextStub(), RecordingWorker(event.order_id), worker="tests"
    )

    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert lines[0]["event_id"] == event.event_id
    assert lines[0]["error"] == "RuntimeError"
    assert lines[-1] == {"log": "tests", "events": 1, "failed": 1}
    assert "ada" not in json.dumps(lines)


def test_event_is_read_back_unchanged(tables: LocalCloud) -> None:
    event = first_event_of(an_order())

    assert read_event(a_batch(event)["Records"][0]["body"]) == event
