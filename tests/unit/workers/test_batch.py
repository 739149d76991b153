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
from tests.unit.workers.queue_readers import the_first_event
from workers.batch import process_events
from workers.retry_policy import MAX_RECEIVE_COUNT


@pytest.fixture
def dead_letters(tables: LocalCloud) -> Iterator[str]:
    """A queue of the test's own, told to the worker as its dead letters."""
    url = tables.client("sqs").create_queue(QueueName=f"dead-{ULID()}")["QueueUrl"]
    with override_settings(dead_letter_queue_url=url):
        yield url


def buried(cloud: LocalCloud, url: str) -> list[dict[str, Any]]:
    answer = cloud.client("sqs").receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages


class Remembering:
    """A worker that remembers what it was given, and fails when told to."""

    def __init__(self, failing: str = "") -> None:
        self.seen: list[str] = []
        self.failing = failing

    def __call__(self, event: OrderEvent) -> None:
        if event.order_id == self.failing:
            raise RuntimeError("as told")
        self.seen.append(event.order_id)


def failed_of(answer: dict[str, Any]) -> list[str]:
    return [it["itemIdentifier"] for it in answer["batchItemFailures"]]


def test_each_event_of_a_batch_is_handled(tables: LocalCloud) -> None:
    events = [the_first_event(an_order()) for _ in range(3)]
    worker = Remembering()

    answer = process_events(a_batch(*events), LambdaContextStub(), worker, worker="tests")

    assert worker.seen == [event.order_id for event in events]
    assert failed_of(answer) == []


def test_one_that_fails_is_handed_back_and_the_others_are_done(tables: LocalCloud) -> None:
    good, bad, also_good = (the_first_event(an_order()) for _ in range(3))
    worker = Remembering(failing=bad.order_id)
    batch = a_batch(good, bad, also_good)

    answer = process_events(batch, LambdaContextStub(), worker, worker="tests")

    assert worker.seen == [good.order_id, also_good.order_id]
    assert failed_of(answer) == [batch["Records"][1]["messageId"]]


def test_a_message_that_is_no_event_is_buried_unchanged_with_its_reason(
    tables: LocalCloud, dead_letters: str
) -> None:
    good, poison = the_first_event(an_order()), '{"type": "order_teleported"}'
    worker = Remembering()

    answer = process_events(a_batch(poison, good), LambdaContextStub(), worker, worker="tests")

    assert failed_of(answer) == []
    assert worker.seen == [good.order_id]
    (letter,) = buried(tables, dead_letters)
    assert letter["Body"] == poison
    assert "order_teleported" in letter["MessageAttributes"]["reason"]["StringValue"]


@pytest.mark.parametrize(
    "poison",
    [
        "not json",
        "{}",
        json.dumps({"Type": "Notification", "Message": "an envelope instead of the event"}),
        json.dumps({"text": "ü" * 20_000}),
    ],
)
def test_whatever_it_is_it_is_buried_and_not_guessed_at(
    tables: LocalCloud, dead_letters: str, poison: str
) -> None:
    answer = process_events(a_batch(poison), LambdaContextStub(), Remembering(), worker="tests")

    assert failed_of(answer) == []
    assert [letter["Body"] for letter in buried(tables, dead_letters)] == [poison]


def test_a_message_whose_label_says_otherwise_is_buried(
    tables: LocalCloud, dead_letters: str
) -> None:
    batch = a_batch(the_first_event(an_order()))
    label = {"type": {"stringValue": "order_cancelled", "dataType": "String"}}
    batch["Records"][0]["messageAttributes"] = label
    worker = Remembering()

    process_events(batch, LambdaContextStub(), worker, worker="tests")

    assert worker.seen == []
    (letter,) = buried(tables, dead_letters)
    assert "order_cancelled" in letter["MessageAttributes"]["reason"]["StringValue"]


def test_a_message_that_cannot_even_be_buried_comes_back_alone(tables: LocalCloud) -> None:
    good = the_first_event(an_order())
    worker = Remembering()
    batch = a_batch("poison", good)

    with override_settings(dead_letter_queue_url=f"{tables.url}/{ACCOUNT}/no-such-queue"):
        answer = process_events(batch, LambdaContextStub(), worker, worker="tests")

    assert worker.seen == [good.order_id]
    assert failed_of(answer) == [batch["Records"][0]["messageId"]]


def test_what_failed_comes_back_after_a_pause_that_grows(tables: LocalCloud) -> None:
    sqs = tables.client("sqs")
    url = sqs.create_queue(QueueName=f"queue-{ULID()}")["QueueUrl"]
    bad = the_first_event(an_order())

    def pause_after(tries: int) -> float:
        sqs.send_message(QueueUrl=url, MessageBody="any")
        batch = a_batch(bad, tries=tries)
        (taken,) = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"]
        batch["Records"][0]["receiptHandle"] = taken["ReceiptHandle"]
        with override_settings(queue_url=url), recorded_calls() as calls:
            process_events(batch, LambdaContextStub(), Remembering(bad.order_id), worker="tests")
        sqs.purge_queue(QueueUrl=url)
        (asked,) = (json.loads(it.partition(" ")[2]) for it in calls if "Visibility" in it)
        return float(asked["VisibilityTimeout"])

    assert 15 <= pause_after(1) <= 20
    assert 120 <= pause_after(4) <= 160


def test_what_fails_at_its_last_try_is_buried_with_the_reason_and_its_label(
    tables: LocalCloud, dead_letters: str
) -> None:
    bad = the_first_event(an_order())
    batch = a_batch(bad, tries=MAX_RECEIVE_COUNT)
    label = {"type": {"stringValue": "order_placed", "dataType": "String"}}
    batch["Records"][0]["messageAttributes"] = label

    answer = process_events(batch, LambdaContextStub(), Remembering(bad.order_id), worker="tests")

    assert failed_of(answer) == []
    (letter,) = buried(tables, dead_letters)
    assert read_event(letter["Body"]) == bad
    said = {name: it["StringValue"] for name, it in letter["MessageAttributes"].items()}
    assert said == {"type": "order_placed", "reason": "RuntimeError, after 5 tries"}


@pytest.mark.parametrize(("age", "gone"), [(timedelta(days=2), True), (timedelta(hours=1), False)])
def test_an_order_that_is_in_no_book_after_a_day_never_will_be(
    tables: LocalCloud, dead_letters: str, age: timedelta, gone: bool
) -> None:
    event = the_first_event(an_order(now=datetime.now(UTC) - age))

    def look_in_vain(event: OrderEvent) -> None:
        raise NotFound("We have no such order.")

    answer = process_events(a_batch(event), LambdaContextStub(), look_in_vain, worker="tests")

    assert bool(buried(tables, dead_letters)) is gone
    assert bool(failed_of(answer)) is not gone


def test_with_little_time_left_the_rest_is_handed_back_untouched(tables: LocalCloud) -> None:
    events = [the_first_event(an_order()) for _ in range(3)]
    batch = a_batch(*events)
    worker = Remembering()

    class Dwindling(LambdaContextStub):
        """Enough time for one."""

        def get_remaining_time_in_millis(self) -> int:
            return 4_999 if worker.seen else 30_000

    answer = process_events(batch, Dwindling(), worker, worker="tests")

    assert worker.seen == [events[0].order_id]
    assert failed_of(answer) == [it["messageId"] for it in batch["Records"][1:]]


def test_the_log_names_the_event_and_the_error_but_nobody(
    tables: LocalCloud, capfd: pytest.CaptureFixture[str]
) -> None:
    event = the_first_event(an_order())

    process_events(a_batch(event), LambdaContextStub(), Remembering(event.order_id), worker="tests")

    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert lines[0]["event_id"] == event.event_id
    assert lines[0]["error"] == "RuntimeError"
    assert lines[-1] == {"log": "tests", "events": 1, "failed": 1}
    assert "ada" not in json.dumps(lines)


def test_an_event_is_read_as_it_was_written(tables: LocalCloud) -> None:
    event = the_first_event(an_order())

    assert read_event(a_batch(event)["Records"][0]["body"]) == event
