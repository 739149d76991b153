import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from app.orders.models import EventRow, Order
from app.orders.queries import story_of
from app.orders.transitions import find_order
from infra.local.cloud import LocalCloud
from tests.builders import ALongTime, a_stream_batch, an_order, an_order_that_is
from tests.crash_injection import dying
from tests.fake_clouds import told
from tests.unit.workers.queue_readers import events_of, taken_from
from workers import outbox_poller, publish

SUBSCRIBED = {
    "email": {"order_placed", "order_shipped", "order_declined", "order_cancelled"}
    | {"order_review_requested", "stock_low"},
    "analytics": {"order_placed", "order_paid", "order_declined"}
    | {"order_shipped", "order_cancelled"},
    "inventory": {"order_placed", "order_declined", "order_shipped", "order_cancelled"},
}
A_MINUTE_AGO = timedelta(seconds=61)


def pending(order: Order) -> list[str]:
    return [row.type for row in story_of(order.order_id).events if row.pending]


def arrived(cloud: LocalCloud, queue: str, order: Order) -> list[str]:
    bodies = (json.loads(it["Body"]) for it in taken_from(cloud, queue))
    return [it["type"] for it in bodies if it["order_id"] == order.order_id]


@pytest.mark.parametrize("queue", SUBSCRIBED)
def test_an_event_reaches_the_queues_that_subscribed_to_it_as_it_is(
    tables: LocalCloud, queue: str
) -> None:
    order = an_order_that_is("shipped")

    publish.handler(a_stream_batch(order), ALongTime())

    told = [event.type for event in events_of(order)]
    assert arrived(tables, queue, order) == [it for it in told if it in SUBSCRIBED[queue]]
    assert pending(order) == []


def test_a_message_is_labelled_with_type_and_version(tables: LocalCloud) -> None:
    order = an_order()
    taken_from(tables, "inventory")

    publish.handler(a_stream_batch(order), ALongTime())

    (message,) = taken_from(tables, "inventory")
    labels = {name: it["StringValue"] for name, it in message["MessageAttributes"].items()}
    assert labels == {"type": "order_placed", "version": "1"}


def test_publishing_twice_sends_copies_of_the_same_event(tables: LocalCloud) -> None:
    order = an_order()
    batch = a_stream_batch(order)

    publish.handler(batch, ALongTime())
    publish.handler(batch, ALongTime())

    assert arrived(tables, "analytics", order) == ["order_placed"] * 2
    assert pending(order) == []


def test_when_the_topic_does_not_take_it_the_stream_must_bring_it_again(
    tables: LocalCloud,
) -> None:
    order = an_order()

    with told(topic_arn="arn:aws:sns:eu-central-1:000000000000:gone"), pytest.raises(ClientError):
        publish.handler(a_stream_batch(order), ALongTime())

    assert pending(order) == ["order_placed"]


def test_one_who_dies_before_marking_leaves_it_pending(tables: LocalCloud) -> None:
    order = an_order()

    with dying(before="UpdateItem event#"):
        publish.handler(a_stream_batch(order), ALongTime())

    assert pending(order) == ["order_placed"]
    assert arrived(tables, "analytics", order) == ["order_placed"]


def test_the_sweeper_publishes_what_the_stream_missed(tables: LocalCloud) -> None:
    order = an_order(now=datetime.now(UTC) - A_MINUTE_AGO)

    outbox_poller.handler({}, ALongTime())

    assert pending(order) == []
    assert arrived(tables, "analytics", order) == ["order_placed"]


def test_the_sweeper_leaves_the_stream_its_minute(tables: LocalCloud) -> None:
    order = an_order(now=datetime.now(UTC))

    outbox_poller.handler({}, ALongTime())

    assert pending(order) == ["order_placed"]


def test_the_sweeper_stops_before_its_time_is_over(tables: LocalCloud) -> None:
    order = an_order(now=datetime.now(UTC) - A_MINUTE_AGO)

    outbox_poller.handler({}, ALongTime(4_999))

    assert pending(order) == ["order_placed"]


def test_an_event_that_nobody_can_read_is_given_up_with_a_case_and_holds_up_no_other(
    tables: LocalCloud,
) -> None:
    poisoned, fine = (an_order(now=datetime.now(UTC) - A_MINUTE_AGO) for _ in range(2))
    row = story_of(poisoned.order_id).events[0]
    row.update(actions=[EventRow.body.set('{"type": "order_teleported"}')])

    outbox_poller.handler({}, ALongTime())

    case = find_order(poisoned.order_id).case
    assert case
    assert "order_teleported" in case.reason
    assert pending(poisoned) == pending(fine) == []


def test_a_closed_orders_unreadable_event_is_given_up_too(tables: LocalCloud) -> None:
    order = an_order_that_is("cancelled", now=datetime.now(UTC) - A_MINUTE_AGO)
    row = story_of(order.order_id).events[0]
    row.update(actions=[EventRow.body.set("not json")])

    outbox_poller.handler({}, ALongTime())

    assert "order_placed" not in pending(order)
