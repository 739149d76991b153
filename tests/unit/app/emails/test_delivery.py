from datetime import timedelta

import pytest

from app.emails.delivery import LEASE, BeingSent, claim, letter_for, mark_sent
from app.orders.events import OrderEvent, StockLow, read_event
from app.orders.models import Order
from app.orders.queries import story_of
from tests.builders import NOON, an_order, an_order_that_is
from tests.fake_clouds import told

pytestmark = pytest.mark.usefixtures("tables")

SECRET = "a secret that nobody ever typed"


def told_last(order: Order) -> OrderEvent:
    return read_event(story_of(order.order_id).events[-1].body)


def the_first_event(order: Order) -> OrderEvent:
    return read_event(story_of(order.order_id).events[0].body)


def test_the_customer_gets_the_letters_about_their_order() -> None:
    for status in ("placed", "shipped", "declined", "cancelled"):
        post = letter_for(told_last(an_order_that_is(status)), SECRET)

        assert post
        assert post.to == ("ada@potter.example",)


def test_merchants_get_the_letters_that_ask_them_for_something() -> None:
    order = an_order_that_is("reviewing")
    low = StockLow(
        event_id=f"{order.order_id}-low-POT",
        order_id=order.order_id,
        occurred_at=NOON,
        sku="POT",
        available=3,
    )

    with told(merchant_emails="bo@hearth.example, ada@hearth.example"):
        for event in (told_last(order), low):
            post = letter_for(event, SECRET)
            assert post
            assert post.to == ("ada@hearth.example", "bo@hearth.example")


def test_nobody_is_thanked_for_an_order_that_is_closed_already() -> None:
    assert letter_for(the_first_event(an_order_that_is("declined")), SECRET) is None
    assert letter_for(the_first_event(an_order_that_is("cancelled")), SECRET) is None
    assert letter_for(the_first_event(an_order_that_is("shipped")), SECRET)


def test_a_letter_leads_to_the_order_and_opens_it() -> None:
    order = an_order()

    post = letter_for(the_first_event(order), SECRET)

    assert post
    assert f"/orders/{order.order_id}?key=" in post.letter.text
    assert SECRET not in post.letter.text + post.letter.html


def test_a_letter_is_claimed_by_one_at_a_time() -> None:
    event = the_first_event(an_order())
    claim(event, now=NOON)

    with pytest.raises(BeingSent):
        claim(event, now=NOON + LEASE)


def test_a_letter_that_was_sent_is_not_claimed_again() -> None:
    event = the_first_event(an_order())
    claimed = claim(event, now=NOON)
    assert claimed
    mark_sent(event, claimed, now=NOON)

    assert claim(event, now=NOON) is None
    assert claim(event, now=NOON + timedelta(days=9)) is None


def test_when_the_lease_is_over_another_may_send() -> None:
    event = the_first_event(an_order())
    claim(event, now=NOON)

    assert claim(event, now=NOON + LEASE + timedelta(seconds=1))


def test_each_event_has_a_letter_of_its_own() -> None:
    order = an_order_that_is("shipped")

    assert claim(the_first_event(order), now=NOON)
    assert claim(told_last(order), now=NOON)
