import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from app.orders.models import EventRow, Order
from app.orders.queries import load_order_details
from app.orders.transitions import find_order
from infra.local.cloud import LocalCloud
from tests.builders import LambdaContextStub, a_stream_batch, an_order, an_order_in_status
from tests.crash_injection import crash
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


def test_outbox_poller_ignores_recent_events(tables: LocalCloud) -> None:
    order = an_order(now=datetime.now(UTC))

    outbox_poller.handler({}, LambdaContextStub())

    assert unpublished(order) == ["order_placed"]


def test_outbox_poller_stops_before_the_lambda_timeout(tables: LocalCloud) -> None:
    order = an_order(now=datetime.now(UTC) - A_MINUTE_AGO)

    outbox_poller.handler({}, LambdaContextStub(4_999))

    assert unpublished(order) == ["order_placed"]


def test_unreadable_event_opens_an_issue_and_does_not_block_others(
    tables: LocalCloud,
) -> None:
    poisoned, fine = (an_order(now=datetime.now(UTC) - A_MINUTE_AGO) for _ in range(2))
    row = load_order_details(poisoned.order_id).events[0]
    row.update(actions=[EventRow.body.set('{"type": "order_teleported"}')])

    outbox_poller.handler({}, LambdaContextStub())

    issue = find_order(poisoned.order_id).issue
    assert issue
    assert issue.reason == "unreadable_event"
    assert "order_teleported" in issue.error
    assert unpublished(poisoned) == unpublished(fine) == []


def test_unreadable_event_of_a_closed_order_is_marked(tables: LocalCloud) -> None:
    order = an_order_in_status("cancelled", now=datetime.now(UTC) - A_MINUTE_AGO)
    row = load_order_details(order.order_id).events[0]
    row.update(actions=[EventRow.body.set("not json")])

    outbox_poller.handler({}, LambdaContextStub())

    assert "order_placed" not in unpublished(order)
