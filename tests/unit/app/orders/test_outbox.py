from datetime import timedelta

import pytest

from app.orders.events import OrderPaid
from app.orders.outbox import (
    append,
    is_due,
    mark_published,
    mark_unreadable,
    unpublished_before,
    unreadable_events,
)
from app.orders.queries import load_order_details
from app.orders.transitions import OrderChanged, event_header, order_transaction
from tests.builders import NOON, PACKED, an_order

pytestmark = pytest.mark.usefixtures("tables")


def test_event_is_unpublished_until_it_is_marked() -> None:
    order = an_order()
    row = load_order_details(order.order_id).events[0]

    mark_published(order.order_id, row.part, now=NOON)

    published = load_order_details(order.order_id).events[0]
    assert published.unpublished is None
    assert published.published_at == NOON


def test_mark_published_is_idempotent() -> None:
    order = an_order()
    row = load_order_details(order.order_id).events[0]
    mark_published(order.order_id, row.part, now=NOON)

    mark_published(order.order_id, row.part, now=PACKED)

    assert load_order_details(order.order_id).events[0].published_at == NOON


def test_unpublished_before_returns_only_old_unpublished_events() -> None:
    waiting, published = an_order(), an_order()
    row = load_order_details(published.order_id).events[0]
    mark_published(published.order_id, row.part, now=NOON)

    order_ids = {row.order_id for row in unpublished_before(NOON + timedelta(seconds=1))}

    assert waiting.order_id in order_ids
    assert published.order_id not in order_ids
    assert waiting.order_id not in {row.order_id for row in unpublished_before(NOON)}


def test_unreadable_event_stays_in_the_index_but_not_among_the_readable_ones() -> None:
    order = an_order()

    mark_unreadable(load_order_details(order.order_id).events[0], "no such version", now=NOON)

    assert order.order_id in {row.order_id for row in unreadable_events()}
    assert order.order_id not in {row.order_id for row in unpublished_before(PACKED)}
    row = load_order_details(order.order_id).events[0]
    assert (row.error, row.attempts) == ("no such version", 1)
    assert not row.published_at
    assert not is_due(row, NOON)
    assert is_due(row, NOON + timedelta(minutes=1))


def test_published_event_is_not_marked_unreadable() -> None:
    """The stream of newer code has published it meanwhile."""
    order = an_order()
    row = load_order_details(order.order_id).events[0]
    mark_published(order.order_id, row.part, now=NOON)

    mark_unreadable(row, "no such version", now=NOON)

    assert load_order_details(order.order_id).events[0].unpublished is None


def test_outbox_rejects_a_duplicate_event() -> None:
    order = an_order()
    event = OrderPaid(**event_header(order, NOON), total=1, currency="EUR")
    with order_transaction() as transaction:
        append(transaction, event)

    with pytest.raises(OrderChanged), order_transaction() as transaction:
        append(transaction, event)
