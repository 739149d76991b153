from datetime import timedelta

import pytest

from app.orders.cancellation import cancel_order
from app.orders.close_reasons import CloseReason
from app.orders.models import TimelineEntry
from app.orders.queries import OrderDetails, load_order_details
from app.orders.review import decide_review
from app.web.storefront.order_timeline import revision, headline, closing_text, poll_interval, steps
from infra.local.cloud import LocalCloud
from tests.builders import NOON, an_order_in_status

LINES: dict[str, list[tuple[str, str]]] = {
    "placed": [("Placed", "done"), ("Paying", "now"), ("Packing", "later"), ("Shipped", "later")],
    "paying": [("Placed", "done"), ("Paying", "now"), ("Packing", "later"), ("Shipped", "later")],
    "paid": [("Placed", "done"), ("Paid", "done"), ("Packing", "now"), ("Shipped", "later")],
    "shipping": [("Placed", "done"), ("Paid", "done"), ("Packed", "done"), ("Shipping", "now")],
    "shipped": [("Placed", "done"), ("Paid", "done"), ("Packed", "done"), ("Shipped", "done")],
    "refunding": [("Placed", "done"), ("Paid", "done"), ("Cancelling", "now")],
    "releasing": [("Placed", "done"), ("Closing", "now")],
    "declined": [("Placed", "done"), ("Declined", "ended")],
    "cancelled": [("Placed", "done"), ("Cancelled", "ended")],
}


def the_story(status: str) -> OrderDetails:
    return load_order_details(an_order_in_status(status).order_id)


@pytest.mark.parametrize("status", LINES)
def test_each_status_has_its_story(tables: LocalCloud, status: str) -> None:
    story = the_story(status)

    assert [(step.title, step.state) for step in steps(story)] == LINES[status]
    assert headline(story.order)


def test_a_large_order_is_looked_over_first(tables: LocalCloud) -> None:
    story = the_story("reviewing")

    assert [(step.title, step.state) for step in steps(story)][:3] == [
        ("Placed", "done"),
        ("Looking it over", "now"),
        ("Paying", "later"),
    ]


def test_an_approved_order_says_who_said_yes_and_a_refused_one_why(tables: LocalCloud) -> None:
    approved, refused = (an_order_in_status("reviewing").order_id for _ in range(2))
    decide_review(approved, "approved", "merchant@hearth.example", "", now=NOON)
    decide_review(refused, "rejected", "merchant@hearth.example", "too far away", now=NOON)

    assert ("Looked over", "done") in [(s.title, s.state) for s in steps(load_order_details(approved))]
    text = closing_text(load_order_details(refused))
    assert text == (
        "We're sorry, we couldn't accept this order. Our message to you: too far away "
        "Nothing was charged."
    )


def test_a_slow_provider_is_told_while_it_lasts_and_afterwards(tables: LocalCloud) -> None:
    paying, paid = the_story("paying"), the_story("paid")
    slow = TimelineEntry("", "timeline#slow", text="We are trying again.", at=NOON)

    asking = steps(OrderDetails(paying.order, paying.events, (slow,)))[1]
    taken = steps(OrderDetails(paid.order, paid.events, (slow,)))[1]

    assert asking.text.endswith("We are trying again.")
    assert taken.text.endswith("It took more than one try.")


def test_an_order_being_cancelled_promises_no_parcel(tables: LocalCloud) -> None:
    order = an_order_in_status("paid")
    cancel_order(order.order_id, now=NOON)

    story = load_order_details(order.order_id)
    assert headline(story.order) == "Cancelling it, as you wish."
    assert [step.title for step in steps(story)] == ["Placed", "Paid", "Cancelling"]


def test_an_order_that_we_cancel_is_no_wish_of_the_customer(tables: LocalCloud) -> None:
    order = cancel_order(an_order_in_status("paid").order_id, now=NOON, reason=CloseReason.MERCHANT_REQUEST)

    assert headline(order) == "We have to cancel this order."


def test_a_parcel_that_nobody_could_take_is_paid_back(tables: LocalCloud) -> None:
    text = closing_text(the_story("refunding"))

    assert "The carrier doesn't deliver to this address." in text
    assert "is on its way back to you" in text


def test_the_page_asks_less_often_when_nothing_has_happened_for_a_minute(
    tables: LocalCloud,
) -> None:
    story = the_story("placed")
    later = NOON + timedelta(minutes=2)

    assert (poll_interval(story.order, NOON), poll_interval(story.order, later)) == (2, 10)
    assert revision(story, NOON) != revision(story, later)
