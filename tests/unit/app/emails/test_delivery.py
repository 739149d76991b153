from datetime import timedelta

import pytest

from app.emails.delivery import LEASE_DURATION, SendInProgress, acquire_lease, compose_email, mark_sent
from app.orders.events import OrderEvent, StockLow, read_event
from app.orders.models import Order
from app.orders.queries import load_order_details
from app.orders.review import decide_review
from tests.builders import NOON, an_order, an_order_in_status
from tests.fake_clouds import override_settings

pytestmark = pytest.mark.usefixtures("tables")

SECRET = "a secret that nobody ever typed"


def told_last(order: Order) -> OrderEvent:
    return read_event(load_order_details(order.order_id).events[-1].body)


def the_first_event(order: Order) -> OrderEvent:
    return read_event(load_order_details(order.order_id).events[0].body)


def test_the_customer_gets_the_letters_about_their_order() -> None:
    for status in ("placed", "shipped", "declined", "cancelled"):
        post = compose_email(told_last(an_order_in_status(status)), SECRET)

        assert post
        assert post.to == ("ada@potter.example",)


def test_merchants_get_the_letters_that_ask_them_for_something() -> None:
    order = an_order_in_status("reviewing")
    low = StockLow(
        event_id=f"{order.order_id}-low-POT",
        order_id=order.order_id,
        occurred_at=NOON,
        sku="POT",
        available=3,
    )

    with override_settings(merchant_emails="bo@hearth.example, ada@hearth.example"):
        for event in (told_last(order), low):
            post = compose_email(event, SECRET)
            assert post
            assert post.to == ("ada@hearth.example", "bo@hearth.example")


def test_nobody_is_thanked_for_an_order_that_is_closed_already() -> None:
    assert compose_email(the_first_event(an_order_in_status("declined")), SECRET) is None
    assert compose_email(the_first_event(an_order_in_status("cancelled")), SECRET) is None
    assert compose_email(the_first_event(an_order_in_status("shipped")), SECRET)


def test_a_letter_leads_to_the_order_and_opens_it() -> None:
    order = an_order()

    post = compose_email(the_first_event(order), SECRET)

    assert post
    assert f"/orders/{order.order_id}?key=" in post.email.text
    assert SECRET not in post.email.text + post.email.html


def test_a_letter_is_claimed_by_one_at_a_time() -> None:
    event = the_first_event(an_order())
    acquire_lease(event, now=NOON)

    with pytest.raises(SendInProgress):
        acquire_lease(event, now=NOON + LEASE_DURATION)


def test_a_letter_that_was_sent_is_not_claimed_again() -> None:
    event = the_first_event(an_order())
    claimed = acquire_lease(event, now=NOON)
    assert claimed
    mark_sent(event, claimed, now=NOON)

    assert acquire_lease(event, now=NOON) is None
    assert acquire_lease(event, now=NOON + timedelta(days=9)) is None


def test_when_the_lease_is_over_another_may_send() -> None:
    event = the_first_event(an_order())
    acquire_lease(event, now=NOON)

    assert acquire_lease(event, now=NOON + LEASE_DURATION + timedelta(seconds=1))


def test_each_event_has_a_letter_of_its_own() -> None:
    order = an_order_in_status("shipped")

    assert acquire_lease(the_first_event(order), now=NOON)
    assert acquire_lease(told_last(order), now=NOON)


def test_email_about_a_rejected_order_shows_the_comment_that_no_event_carries() -> None:
    order = an_order_in_status("reviewing")
    decide_review(order.order_id, "rejected", "bo@hearth.example", "Too far for us.", now=NOON)
    row = load_order_details(order.order_id).events[-1]

    outgoing = compose_email(read_event(row.body), SECRET)

    assert outgoing
    assert "Too far for us." in outgoing.email.text
    assert "Too far" not in row.body
