import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ulid import ULID

from app.errors import NotFound
from app.orders.events import OrderEvent, read_event, write_event
from infra.local.cloud import LocalCloud
from tests.builders import LambdaContextStub, a_batch, an_order
from tests.crash_injection import recorded_calls
from tests.fake_clouds import ACCOUNT, override_settings
from tests.unit.workers.queue_readers import first_event_of, messages_in
from workers.batch import process_events
from workers.retry_policy import MAX_BACKOFF_SECONDS


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


def test_transient_failure_is_retried_for_hours_whatever_the_number_of_attempts(
    tables: LocalCloud, dead_letter_queue: str
) -> None:
    """SES or DynamoDB away for hours: each message waits in its queue."""
    bad = first_event_of(an_order())
    batch = a_batch(bad, tries=300, age=timedelta(days=2, hours=23))

    with recorded_calls() as calls:
        response = process_events(
            batch, LambdaContextStub(), RecordingWorker(bad.order_id), worker="tests"
        )

    assert len(failed_messages(response)) == 1
    assert messages_in(tables, dead_letter_queue) == []
    (request,) = (json.loads(it.partition(" ")[2]) for it in calls if "Visibility" in it)
    assert 675 <= request["VisibilityTimeout"] <= MAX_BACKOFF_SECONDS == 900


def test_message_of_three_days_goes_to_the_dead_letter_queue_with_its_reason_and_attributes(
    tables: LocalCloud, dead_letter_queue: str
) -> None:
    """A day before the queue deletes it without a trace."""
    bad = first_event_of(an_order())
    batch = a_batch(bad, tries=320, age=timedelta(days=3, seconds=1))
    attributes = {"type": {"stringValue": "order_placed", "dataType": "String"}}
    batch["Records"][0]["messageAttributes"] = attributes

    response = process_events(
        batch, LambdaContextStub(), RecordingWorker(bad.order_id), worker="tests"
    )

    assert failed_messages(response) == []
    (message,) = messages_in(tables, dead_letter_queue)
    assert read_event(message["Body"]) == bad
    values = {name: it["StringValue"] for name, it in message["MessageAttributes"].items()}
    assert values == {
        "type": "order_placed",
        "reason": "RuntimeError, after 320 attempts in 3 days",
    }


def test_redriven_message_gets_another_three_days(
    tables: LocalCloud, dead_letter_queue: str
) -> None:
    """Its event is old, but SQS counts from the redrive."""
    bad = first_event_of(an_order(now=datetime.now(UTC) - timedelta(days=12)))

    response = process_events(
        a_batch(bad), LambdaContextStub(), RecordingWorker(bad.order_id), worker="tests"
    )

    assert len(failed_messages(response)) == 1
    assert messages_in(tables, dead_letter_queue) == []


@pytest.mark.parametrize(
    ("age", "is_moved"), [(timedelta(days=2), False), (timedelta(days=3), True)]
)
def test_message_without_sent_timestamp_is_as_old_as_its_event(
    tables: LocalCloud, dead_letter_queue: str, age: timedelta, is_moved: bool
) -> None:
    bad = first_event_of(an_order(now=datetime.now(UTC) - age))
    batch = a_batch(bad)
    del batch["Records"][0]["attributes"]["SentTimestamp"]

    process_events(batch, LambdaContextStub(), RecordingWorker(bad.order_id), worker="tests")

    assert bool(messages_in(tables, dead_letter_queue)) is is_moved


def a_newer_event(**changes: object) -> str:
    """An event as code of the next version would write it."""
    body = json.loads(write_event(first_event_of(an_order())))
    return json.dumps(body | ({"version": 2} | changes))


@pytest.mark.parametrize("changes", [{}, {"type": "order_delivered", "version": 1}])
def test_event_of_newer_code_waits_for_that_code(
    tables: LocalCloud, dead_letter_queue: str, changes: dict[str, object]
) -> None:
    """A rollback or a rolling deployment: the new event waits for the new code."""
    batch = a_batch(a_newer_event(**changes), tries=200, age=timedelta(days=2))

    with recorded_calls() as calls:
        response = process_events(batch, LambdaContextStub(), RecordingWorker(), worker="tests")

    assert len(failed_messages(response)) == 1
    assert [it for it in calls if "ChangeMessageVisibility" in it]
    assert messages_in(tables, dead_letter_queue) == []


def test_event_of_newer_code_goes_to_the_dead_letter_queue_after_three_days(
    tables: LocalCloud, dead_letter_queue: str
) -> None:
    newer = a_newer_event()

    process_events(
        a_batch(newer, tries=320, age=timedelta(days=3)),
        LambdaContextStub(),
        RecordingWorker(),
        worker="tests",
    )

    (message,) = messages_in(tables, dead_letter_queue)
    assert message["Body"] == newer
    assert message["MessageAttributes"]["reason"]["StringValue"] == (
        "this code reads no version 2 of order_placed, after 320 attempts in 3 days"
    )


def test_event_with_a_new_optional_field_is_processed(tables: LocalCloud) -> None:
    worker = RecordingWorker()
    newer = a_newer_event(version=1, gift_wrap=True)

    response = process_events(a_batch(newer), LambdaContextStub(), worker, worker="tests")

    assert failed_messages(response) == []
    assert worker.processed == [json.loads(newer)["order_id"]]


def test_missing_order_is_a_permanent_failure_at_once(
    tables: LocalCloud, dead_letter_queue: str
) -> None:
    """Its event was written in the same transaction, so it will not appear later."""

    def find_no_order(event: OrderEvent) -> None:
        raise NotFound("Order not found.")

    event = first_event_of(an_order(now=datetime.now(UTC)))

    response = process_events(a_batch(event), LambdaContextStub(), find_no_order, worker="tests")

    assert failed_messages(response) == []
    (message,) = messages_in(tables, dead_letter_queue)
    reason = message["MessageAttributes"]["reason"]["StringValue"]
    assert reason == "NotFound, after 1 attempt"


def test_message_that_was_received_most_often_is_processed_last(tables: LocalCloud) -> None:
    """One that crashes the function must not keep the others of its batch from being processed."""
    poison, healthy = (first_event_of(an_order()) for _ in range(2))
    batch = a_batch(poison, healthy)
    batch["Records"][0]["attributes"]["ApproximateReceiveCount"] = "12"
    worker = RecordingWorker()

    process_events(batch, LambdaContextStub(), worker, worker="tests")

    assert worker.processed == [healthy.order_id, poison.order_id]


def test_remaining_messages_are_returned_when_time_runs_out(tables: LocalCloud) -> None:
    events = [first_event_of(an_order()) for _ in range(3)]
    batch = a_batch(*events)
    worker = RecordingWorker()

    class OutOfTimeAfterOne(LambdaContextStub):
        """A context with enough time for one message."""

        def get_remaining_time_in_millis(self) -> int:
            return 15_999 if worker.processed else 30_000

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
    span, *lines = lines
    assert span["span"]["status"] == {"code": "ERROR", "message": "RuntimeError"}
    assert span["correlation_id"] == lines[0]["correlation_id"] == event.order_id
    assert lines[0]["event_id"] == event.event_id
    assert lines[0]["error"] == "RuntimeError"
    assert (lines[0]["level"], lines[-1]["level"]) == ("ERROR", "INFO")
    assert (lines[-1]["message"], lines[-1]["events"], lines[-1]["failed"]) == ("tests", 1, 1)
    assert "ada" not in json.dumps(lines)


def test_event_is_read_back_unchanged(tables: LocalCloud) -> None:
    event = first_event_of(an_order())

    assert read_event(a_batch(event)["Records"][0]["body"]) == event
