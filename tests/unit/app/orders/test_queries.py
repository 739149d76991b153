from datetime import timedelta

import pytest
from ulid import ULID

from app.errors import NotFound
from app.orders.checkout import place_order
from app.orders.queries import (
    by_number,
    due_orders,
    open_orders,
    orders_of,
    placed_on,
    story_of,
)
from app.orders.reconciliation import stuck_orders
from app.persistence.idempotency import once
from tests.builders import NOON, PACKED, a_cart, a_product, a_request, an_order, an_order_that_is

pytestmark = pytest.mark.usefixtures("tables")


def test_a_story_is_told_from_the_first_event_to_the_last() -> None:
    order = an_order_that_is("shipped")

    story = story_of(order.order_id)

    assert [row.type for row in story.events] == ["order_placed", "order_paid", "order_shipped"]
    assert story.told_at("order_paid") == NOON
    assert story.told_at("order_shipped") == PACKED
    assert story.told_at("order_declined") is None
    assert story.payment
    assert story.review is None


def test_what_consumers_have_noted_is_part_of_the_story_but_no_event() -> None:
    order = an_order()
    once("analytics", "an-event", order.order_id, lambda _: None, now=NOON)

    story = story_of(order.order_id)

    assert len(story.events) == 1
    assert [(mark.part, mark.at) for mark in story.seen] == [("seen#analytics#an-event", NOON)]


@pytest.mark.parametrize(
    "order_id", ["", "x", "01JDCY5T6QJ6W4H2Y8Z3K7N9P", "../../etc", str(ULID())]
)
def test_what_is_no_order_is_not_found(order_id: str) -> None:
    with pytest.raises(NotFound):
        story_of(order_id)


def test_a_customer_sees_their_orders_newest_first() -> None:
    email = f"{ULID()}@potter.example".lower()
    product = a_product()
    placed = [
        place_order(
            a_request(email=email), a_cart(product), now=NOON + timedelta(minutes=minute)
        ).order_id
        for minute in range(3)
    ]

    assert [order.order_id for order in orders_of(email)] == placed[::-1]


def test_open_orders_are_those_that_are_not_closed() -> None:
    waiting, closed = an_order_that_is("paid"), an_order_that_is("shipped")

    found = {order.order_id for order in open_orders()}

    assert waiting.order_id in found
    assert closed.order_id not in found


def test_a_days_orders_are_found_by_day_and_by_number() -> None:
    order = an_order()

    assert order.order_id in {it.order_id for it in placed_on(NOON.date())}
    assert by_number(order.number, today=NOON.date()).order_id == order.order_id


def test_a_number_of_a_day_to_come_means_last_year() -> None:
    order = an_order()

    found = by_number(order.number, today=NOON.date() + timedelta(days=300))
    assert found.order_id == order.order_id

    with pytest.raises(NotFound):
        by_number(order.number, today=NOON.date() - timedelta(days=1))


@pytest.mark.parametrize("number", ["", "HC-0612", "hc-0612-AAAAA", "HC-0612-00000"])
def test_a_number_that_names_no_order_is_not_found(number: str) -> None:
    with pytest.raises(NotFound):
        by_number(number, today=NOON.date())


def test_an_order_that_should_have_moved_by_now_is_due() -> None:
    order = an_order_that_is("paying")

    assert order.order_id in {it.order_id for it in due_orders(NOON + timedelta(seconds=1201))}
    assert order.order_id not in {it.order_id for it in due_orders(NOON + timedelta(seconds=1199))}


def test_an_order_that_is_packed_is_due_only_after_packing() -> None:
    order = an_order_that_is("paid")

    assert order.order_id not in {it.order_id for it in due_orders(NOON + timedelta(seconds=2999))}
    assert order.order_id in {it.order_id for it in due_orders(NOON + timedelta(seconds=3001))}


def test_a_stuck_order_comes_with_its_review_if_it_is_in_one() -> None:
    reviewing, paying = an_order_that_is("reviewing"), an_order_that_is("paying")

    found = {order.order_id: review for order, review in stuck_orders(NOON + timedelta(days=9))}

    review = found[reviewing.order_id]
    assert review
    assert review.task_token == "a token"
    assert found[paying.order_id] is None
