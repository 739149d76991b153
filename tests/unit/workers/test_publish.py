import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import UpdateError

from app import clock
from app.aws.sns import NOT_ANSWERED, EntryRefused, OutgoingEvent, batches
from app.observability.trace_context import read_traceparent, root_span
from app.orders import outbox
from app.orders.models import EventRow, Order
from app.orders.queries import load_order_details
from app.orders.transitions import find_order
from infra.local.cloud import LocalCloud
from tests.builders import LambdaContextStub, a_stream_batch, an_order, an_order_in_status
from tests.crash_injection import (
    crash,
    failing_calls,
    recorded_calls,
    refused_entries,
    unanswered_entries,
)
from tests.fake_clouds import override_settings
from tests.unit.workers.queue_readers import drain_queue, events_of
from workers import outbox_poller, publish

SUBSCRIBED = {
    "email": {"order_placed", "order_shipped", "order_declined", "order_cancelled"}
    | {"order_review_requested", "stock_low"},
    "analytics": {"order_placed", "order_paid", "order_declined"}
    | {"order_shipped", "order_cancelled"},
    "inventory": {"order_placed", "order_declined", "order_shipped", "order_cancelled"},
}
A_MINUTE_AGO = timedelta(seconds=61)


def unpublished(order: Order) -> list[str]:
    return [row.type for row in load_order_details(order.order_id).events if row.unpublished]


def arrived(cloud: LocalCloud, queue: str, order: Order) -> list[str]:
    bodies = (json.loads(it["Body"]) for it in drain_queue(cloud, queue))
    return [it["type"] for it in bodies if it["order_id"] == order.order_id]


@pytest.mark.parametrize("queue", SUBSCRIBED)
def test_event_reaches_the_subscribed_queues_unchanged(tables: LocalCloud, queue: str) -> None:
    order = an_order_in_status("shipped")

    publish.handler(a_stream_batch(order), LambdaContextStub())

    types = [event.type for event in events_of(order)]
    assert arrived(tables, queue, order) == [it for it in types if it in SUBSCRIBED[queue]]
    assert unpublished(order) == []


def test_message_has_type_and_version_attributes(tables: LocalCloud) -> None:
    order = an_order()
    drain_queue(tables, "inventory")

    publish.handler(a_stream_batch(order), LambdaContextStub())

    (message,) = drain_queue(tables, "inventory")
    labels = {name: it["StringValue"] for name, it in message["MessageAttributes"].items()}
    assert read_traceparent(labels.pop("traceparent"), order.order_id) != root_span(order.order_id)
    assert labels == {"type": "order_placed", "version": "1"}


def test_repeated_publish_sends_duplicates_of_the_same_event(tables: LocalCloud) -> None:
    order = an_order()
    batch = a_stream_batch(order)

    publish.handler(batch, LambdaContextStub())
    publish.handler(batch, LambdaContextStub())

    assert arrived(tables, "analytics", order) == ["order_placed"] * 2
    assert unpublished(order) == []


def test_publish_failure_is_raised_so_that_the_stream_retries(
    tables: LocalCloud,
) -> None:
    order = an_order()

    with (
        override_settings(topic_arn="arn:aws:sns:eu-central-1:000000000000:gone"),
        pytest.raises(ClientError),
    ):
        publish.handler(a_stream_batch(order), LambdaContextStub())

    assert unpublished(order) == ["order_placed"]


def test_crash_before_marking_leaves_the_event_unpublished(tables: LocalCloud) -> None:
    order = an_order()

    with crash(before="UpdateItem event#"):
        publish.handler(a_stream_batch(order), LambdaContextStub())

    assert unpublished(order) == ["order_placed"]
    assert arrived(tables, "analytics", order) == ["order_placed"]


def test_outbox_poller_publishes_events_that_the_stream_missed(tables: LocalCloud) -> None:
    order = an_order(now=datetime.now(UTC) - A_MINUTE_AGO)

    outbox_poller.handler({}, LambdaContextStub())

    assert unpublished(order) == []
    assert arrived(tables, "analytics", order) == ["order_placed"]


@pytest.mark.parametrize("service", ["SNS", "DynamoDB"])
def test_event_that_a_service_refuses_does_not_block_the_outbox(
    tables: LocalCloud, service: str
) -> None:
    """The oldest event would otherwise end every run of the poller before the others."""
    occurred = datetime.now(UTC) - 2 * A_MINUTE_AGO
    refused, *others = (an_order(now=occurred + timedelta(seconds=n)) for n in range(3))

    failures = {
        "SNS": refused_entries(refused.order_id, "InternalError"),
        "DynamoDB": failing_calls(f"UpdateItem {refused.order_id}", "InvalidParameter"),
    }
    with failures[service] as calls:
        for _ in range(2):
            with pytest.raises((EntryRefused, UpdateError)):  # so that the alarm fires
                outbox_poller.handler({}, LambdaContextStub())

    assert len(calls) == 2  # once in each run: it is no hot loop
    assert [unpublished(order) for order in (refused, *others)] == [["order_placed"], [], []]


@pytest.mark.parametrize("is_old", [False, True])
def test_stream_marks_the_accepted_messages_of_a_batch_and_retries_the_others(
    tables: LocalCloud, is_old: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Old events are left to the poller instead, as in an outage."""
    occurred = datetime.now(UTC) - (A_MINUTE_AGO if is_old else timedelta())
    refused, accepted = an_order(now=occurred), an_order(now=occurred)
    capsys.readouterr()

    with refused_entries(refused.order_id, "InternalError"):
        try:
            publish.handler(a_stream_batch(refused, accepted), LambdaContextStub())
            is_retried = False
        except EntryRefused:
            is_retried = True

    assert is_retried is not is_old
    assert unpublished(refused) == ["order_placed"]
    assert unpublished(accepted) == []
    lines = [json.loads(it) for it in capsys.readouterr().err.splitlines()]
    spans = [it["span"] for it in lines if it["message"] == "span"]
    assert {it["attributes"]["event_id"]: it.get("status") for it in spans} == {
        f"{refused.order_id}-0001": {"code": "ERROR", "message": "EntryRefused"},
        f"{accepted.order_id}-0001": None,
    }


@pytest.mark.usefixtures("tables")
def test_message_that_the_answer_of_sns_omits_is_published_again() -> None:
    occurred = datetime.now(UTC)
    omitted, accepted = an_order(now=occurred), an_order(now=occurred)

    with unanswered_entries(omitted.order_id), pytest.raises(EntryRefused, match=NOT_ANSWERED):
        publish.handler(a_stream_batch(omitted, accepted), LambdaContextStub())

    assert unpublished(omitted) == ["order_placed"]
    assert unpublished(accepted) == []
    publish.handler(a_stream_batch(omitted), LambdaContextStub())
    assert unpublished(omitted) == []


@pytest.mark.parametrize("publisher", ["stream", "poller"])
@pytest.mark.usefixtures("empty_outbox")
def test_ten_events_need_one_request(tables: LocalCloud, publisher: str) -> None:
    orders = [an_order(now=datetime.now(UTC) - A_MINUTE_AGO) for _ in range(11)]
    drain_queue(tables, "analytics")

    with recorded_calls() as calls:
        if publisher == "stream":
            publish.handler(a_stream_batch(*orders), LambdaContextStub())
        else:
            outbox_poller.handler({}, LambdaContextStub())

    assert len([it for it in calls if it.startswith("PublishBatch ")]) == 2
    assert [it for order in orders for it in unpublished(order)] == []
    bodies = [json.loads(it["Body"]) for it in drain_queue(tables, "analytics")]
    assert {it["order_id"] for it in bodies} == {it.order_id for it in orders}


def test_batch_has_at_most_ten_messages_and_the_bytes_of_one_request() -> None:
    (event,) = events_of(an_order())

    def sizes(*kilobytes: int) -> list[int]:
        events = [OutgoingEvent(event, "ä" * 512 * it, "event#0001") for it in kilobytes]
        return [len(batch) for batch in batches(iter(events))]

    assert sizes() == []
    assert sizes(*[1] * 21) == [10, 10, 1]
    assert sizes(100, 100, 100, 1) == [2, 2]
    assert sizes(1, 300, 1) == [1, 1, 1]  # SNS refuses that message alone


def test_outbox_poller_ignores_recent_events(tables: LocalCloud) -> None:
    order = an_order(now=datetime.now(UTC))

    outbox_poller.handler({}, LambdaContextStub())

    assert unpublished(order) == ["order_placed"]


def test_outbox_poller_stops_before_the_lambda_timeout(tables: LocalCloud) -> None:
    order = an_order(now=datetime.now(UTC) - A_MINUTE_AGO)

    outbox_poller.handler({}, LambdaContextStub(4_999))

    assert unpublished(order) == ["order_placed"]


def a_newer_body(order: Order) -> str:
    """The order's first event as code of the next version would write it."""
    body = json.loads(load_order_details(order.order_id).events[0].body)
    return json.dumps(body | {"version": 2})


_changed_rows: list[EventRow] = []


@pytest.fixture(autouse=True)
def restored_events() -> Iterator[None]:
    """Restore the events that a test has changed, which the verifier reads in other tests."""
    yield
    for row in reversed(_changed_rows):
        row.save()
    _changed_rows.clear()


def store_body(order: Order, body: str) -> None:
    _changed_rows.append(first_row_of(order))
    first_row_of(order).update(actions=[EventRow.body.set(body)])


def first_row_of(order: Order) -> EventRow:
    return load_order_details(order.order_id).events[0]


def poll(now: datetime) -> dict[str, int]:
    """Run the poller at this time, and return its figures."""
    with clock_at(now):
        return outbox_poller.handler({}, LambdaContextStub())


@contextmanager
def clock_at(now: datetime) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: now)
        yield


@pytest.fixture
def empty_outbox(tables: LocalCloud) -> None:
    """Nothing of other tests is left in the index."""
    for row in list(EventRow.scan(EventRow.unpublished.exists())):
        row.update(actions=[EventRow.unpublished.remove()])


UNREADABLE = ["not json", '{"type": "order_teleported"}']


@pytest.mark.usefixtures("empty_outbox")
@pytest.mark.parametrize("body", [*UNREADABLE, ""])
@pytest.mark.parametrize("status", ["placed", "cancelled"])
def test_unreadable_event_stays_in_the_outbox_and_does_not_block_others(
    tables: LocalCloud, status: str, body: str
) -> None:
    """Also of a closed order, which can have no issue; "" stands for an event of newer code."""
    poisoned = an_order_in_status(status, now=datetime.now(UTC) - A_MINUTE_AGO)
    fine = an_order(now=datetime.now(UTC) - A_MINUTE_AGO)
    store_body(poisoned, body or a_newer_body(poisoned))

    figures = poll(datetime.now(UTC))

    assert unpublished(fine) == []
    assert unpublished(poisoned)[0] == "order_placed"
    assert find_order(poisoned.order_id).issue is None
    assert figures["unreadable"] == 1


@pytest.mark.usefixtures("empty_outbox")
def test_event_is_published_once_the_code_that_can_read_it_is_deployed(
    tables: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rollback loses nothing, and rolling forward needs no operator and no waiting time."""
    order, now = an_order(now=datetime.now(UTC) - A_MINUTE_AGO), datetime.now(UTC)
    original = first_row_of(order).body
    store_body(order, a_newer_body(order))
    poll(now)
    drain_queue(tables, "analytics")

    store_body(order, original)  # stands for new code, to which the text is readable
    poll(now + timedelta(seconds=30))
    assert unpublished(order) == ["order_placed"]  # not due yet
    monkeypatch.setattr(outbox, "reader_id", lambda: "another")
    poll(now + timedelta(seconds=31))

    assert unpublished(order) == []
    assert arrived(tables, "analytics", order) == ["order_placed"]
    row = first_row_of(order)
    assert not any((row.retry_at, row.attempts, row.error, row.unreadable_by))


@pytest.mark.usefixtures("empty_outbox")
def test_unreadable_event_is_tried_again_after_at_most_15_minutes(tables: LocalCloud) -> None:
    now = datetime.now(UTC)
    order = an_order(now=now - A_MINUTE_AGO)
    store_body(order, "not json")
    waits = []
    for _ in range(7):
        poll(now)
        retry_at = first_row_of(order).retry_at
        assert retry_at
        waits.append((retry_at - now).total_seconds() / 60)
        now = retry_at

    assert waits == [1, 2, 4, 8, 15, 15, 15]
    assert "JSON" in (first_row_of(order).error or "")


@pytest.mark.usefixtures("empty_outbox")
def test_unreadable_event_is_counted_and_not_written_again_before_it_is_due(
    tables: LocalCloud,
) -> None:
    now = datetime.now(UTC)
    order = an_order(now=now - A_MINUTE_AGO)
    store_body(order, "not json")
    poll(now)

    with recorded_calls() as calls:
        figures = poll(now + timedelta(seconds=59))

    assert figures == {"events": 0, "unreadable": 1}
    assert not [it for it in calls if "UpdateItem" in it]


@pytest.mark.usefixtures("empty_outbox")
def test_unreadable_events_never_delay_readable_ones(tables: LocalCloud) -> None:
    now = datetime.now(UTC)
    for _ in range(3):
        store_body(an_order(now=now - timedelta(days=1)), "not json")
    poll(now)
    fine = an_order(now=now - A_MINUTE_AGO)

    with recorded_calls() as calls:
        poll(now + timedelta(minutes=20))

    writes = [it for it in calls if "UpdateItem" in it]
    assert fine.order_id in writes[0]
    assert len(writes) == 4


@pytest.mark.parametrize("publisher", ["stream", "poller"])
def test_fields_that_only_newer_code_knows_are_published_unchanged(
    tables: LocalCloud, publisher: str
) -> None:
    order = an_order(now=datetime.now(UTC) - A_MINUTE_AGO)
    newer = json.dumps(json.loads(first_row_of(order).body) | {"gift_wrap": True})
    store_body(order, newer)
    drain_queue(tables, "inventory")

    if publisher == "stream":
        publish.handler(a_stream_batch(order), LambdaContextStub())
    else:
        outbox_poller.handler({}, LambdaContextStub())

    bodies = [it["Body"] for it in drain_queue(tables, "inventory")]
    assert [it for it in bodies if order.order_id in it] == [newer]


@pytest.mark.parametrize("body", [*UNREADABLE, ""])
def test_stream_leaves_an_unreadable_event_to_the_poller_and_publishes_the_others(
    tables: LocalCloud, body: str
) -> None:
    poisoned, fine = an_order(), an_order()
    store_body(poisoned, body or a_newer_body(poisoned))

    publish.handler(a_stream_batch(poisoned, fine), LambdaContextStub())

    assert unpublished(poisoned) == ["order_placed"]
    assert unpublished(fine) == []


@pytest.mark.parametrize("call", ["PublishBatch", "UpdateItem"])
def test_stream_leaves_old_events_to_the_poller_when_a_service_is_down(
    tables: LocalCloud, call: str
) -> None:
    """An outage of hours must neither block the stream nor fill its dead-letter queue."""
    order = an_order(now=datetime.now(UTC) - A_MINUTE_AGO)

    with failing_calls(call, "ServiceUnavailable") as failed:
        publish.handler(a_stream_batch(order, order), LambdaContextStub())
        assert len(failed) == 1  # the others of the batch would only wait for an answer as long
    assert unpublished(order) == ["order_placed"]

    outbox_poller.handler({}, LambdaContextStub())
    assert unpublished(order) == []


@pytest.mark.parametrize("call", ["PublishBatch", "UpdateItem"])
def test_stream_retries_recent_events_when_a_service_is_down(tables: LocalCloud, call: str) -> None:
    order = an_order(now=datetime.now(UTC))

    with failing_calls(call, "ServiceUnavailable"), pytest.raises((ClientError, UpdateError)):
        publish.handler(a_stream_batch(order), LambdaContextStub())

    assert unpublished(order) == ["order_placed"]
