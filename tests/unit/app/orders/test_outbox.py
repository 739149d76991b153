from datetime import timedelta

import pytest

from app.orders.events import OrderPaid
from app.orders.outbox import give_up, mark_published, overdue, tell
from app.orders.queries import story_of
from app.orders.transitions import MovedOn, about, moving
from tests.builders import NOON, PACKED, an_order

pytestmark = pytest.mark.usefixtures("tables")


def test_an_event_is_pending_until_it_is_published() -> None:
    order = an_order()
    row = story_of(order.order_id).events[0]

    mark_published(order.order_id, row.part, now=NOON)

    published = story_of(order.order_id).events[0]
    assert published.pending is None
    assert published.published_at == NOON


def test_publishing_again_changes_nothing() -> None:
    order = an_order()
    row = story_of(order.order_id).events[0]
    mark_published(order.order_id, row.part, now=NOON)

    mark_published(order.order_id, row.part, now=PACKED)

    assert story_of(order.order_id).events[0].published_at == NOON


def test_what_is_pending_for_too_long_is_overdue_and_what_is_published_is_not() -> None:
    waiting, published = an_order(), an_order()
    row = story_of(published.order_id).events[0]
    mark_published(published.order_id, row.part, now=NOON)

    found = {row.order_id for row in overdue(NOON + timedelta(seconds=1))}

    assert waiting.order_id in found
    assert published.order_id not in found
    assert waiting.order_id not in {row.order_id for row in overdue(NOON)}


def test_an_event_that_is_given_up_stays_in_the_story_and_is_swept_no_more() -> None:
    order = an_order()

    give_up(story_of(order.order_id).events[0])

    row = story_of(order.order_id).events[0]
    assert row.pending is None
    assert row.published_at is None


def test_the_same_event_is_not_told_twice() -> None:
    order = an_order()
    event = OrderPaid(**about(order, NOON), total=1, currency="EUR")
    with moving() as transaction:
        tell(transaction, event)

    with pytest.raises(MovedOn), moving() as transaction:
        tell(transaction, event)
