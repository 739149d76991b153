"""The steps and texts of the order timeline."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.orders.cancellation import cancel_order
from app.orders.close_reasons import CloseReason
from app.orders.models import TimelineEntry
from app.orders.queries import OrderDetails, load_order_details
from app.orders.review import decide_review
from app.persistence.idempotency import EmailDelivery, email_delivery_key
from app.shipping.carrier import carrier
from app.web.storefront.order_headings import confirmation, heading, status_line
from app.web.storefront.order_polling import poll_interval, revision
from app.web.storefront.order_timeline import closing_text, timeline_steps
from infra.local.cloud import LocalCloud
from tests.builders import NOON, an_order_in_status

STEPS: dict[str, list[tuple[str, str]]] = {
    "placed": [
        ("Placed", "done"),
        ("Payment", "current"),
        ("Packing", "upcoming"),
        ("Shipping", "upcoming"),
    ],
    "paying": [
        ("Placed", "done"),
        ("Payment", "current"),
        ("Packing", "upcoming"),
        ("Shipping", "upcoming"),
    ],
    "paid": [
        ("Placed", "done"),
        ("Paid", "done"),
        ("Packing", "current"),
        ("Shipping", "upcoming"),
    ],
    "shipping": [("Placed", "done"), ("Paid", "done"), ("Packed", "done"), ("Shipping", "current")],
    "shipped": [("Placed", "done"), ("Paid", "done"), ("Packed", "done"), ("Shipped", "done")],
    "refunding": [("Placed", "done"), ("Paid", "done"), ("Cancelling", "current")],
    "releasing": [("Placed", "done"), ("Closing", "current")],
    "declined": [("Placed", "done"), ("Declined", "closed")],
    "cancelled": [("Placed", "done"), ("Cancelled", "closed")],
}


def details_in_status(status: str) -> OrderDetails:
    return load_order_details(an_order_in_status(status).order_id)


@pytest.mark.parametrize("status", STEPS)
def test_timeline_has_the_steps_of_each_status(tables: LocalCloud, status: str) -> None:
    details = details_in_status(status)

    assert [(step.title, step.state) for step in timeline_steps(details)] == STEPS[status]
    assert heading(details.order)
    assert status_line(details, is_delivered=False)


def test_timeline_of_a_large_order_has_a_review_step(tables: LocalCloud) -> None:
    details = details_in_status("reviewing")

    assert [(step.title, step.state) for step in timeline_steps(details)][:3] == [
        ("Placed", "done"),
        ("Review", "current"),
        ("Payment", "upcoming"),
    ]


def test_timeline_shows_the_result_of_the_review(tables: LocalCloud) -> None:
    approved, refused = (an_order_in_status("reviewing").order_id for _ in range(2))
    decide_review(approved, "approved", "merchant@hearth.example", "", now=NOON)
    decide_review(refused, "rejected", "merchant@hearth.example", "too far away", now=NOON)

    assert ("Reviewed", "done") in [
        (s.title, s.state) for s in timeline_steps(load_order_details(approved))
    ]
    text = closing_text(load_order_details(refused))
    assert text == (
        "We're sorry, we couldn't accept this order. Our message to you: too far away "
        "Nothing was charged."
    )


def test_timeline_mentions_a_slow_payment_provider(tables: LocalCloud) -> None:
    paying, paid = details_in_status("paying"), details_in_status("paid")
    slow = TimelineEntry("", "timeline#slow", text="We are trying again.", at=NOON)

    pending = timeline_steps(OrderDetails(paying.order, paying.events, (slow,)))[1]
    charged = timeline_steps(OrderDetails(paid.order, paid.events, (slow,)))[1]

    assert pending.text.endswith("We are trying again.")
    assert charged.text.endswith("It took us more than one attempt.")


def test_timeline_of_a_cancellation_in_progress_has_no_shipping_step(tables: LocalCloud) -> None:
    order = an_order_in_status("paid")
    cancel_order(order.order_id, now=NOON)

    details = load_order_details(order.order_id)
    assert heading(details.order) == "Cancelling your order."
    assert [step.title for step in timeline_steps(details)] == ["Placed", "Paid", "Cancelling"]


def test_heading_differs_when_the_merchant_cancels(tables: LocalCloud) -> None:
    order = cancel_order(
        an_order_in_status("paid").order_id, now=NOON, reason=CloseReason.MERCHANT_REQUEST
    )

    assert heading(order) == "We have to cancel this order."


def test_timeline_of_an_undeliverable_order_shows_the_refund(tables: LocalCloud) -> None:
    text = closing_text(details_in_status("refunding"))

    assert "The carrier doesn't deliver to this address." in text
    assert "We're refunding" in text


def test_poll_interval_grows_after_a_minute_without_changes(
    tables: LocalCloud,
) -> None:
    details = details_in_status("placed")
    later = NOON + timedelta(minutes=2)

    assert (poll_interval(details.order, NOON), poll_interval(details.order, later)) == (2, 10)
    assert revision(details, NOON) != revision(details, later)


def test_order_that_is_packed_for_half_an_hour_is_polled_at_most_twelve_times(
    tables: LocalCloud,
) -> None:
    order = details_in_status("paid").order
    order.packing_until = NOON + timedelta(minutes=30)
    now, polls = NOON, 0

    while now < order.packing_until:
        now, polls = now + timedelta(seconds=poll_interval(order, now)), polls + 1

    assert polls <= 12
    assert now < order.packing_until + timedelta(seconds=10)


@pytest.mark.parametrize("status", ["placed", "paying", "paid", "shipping", "shipped"])
def test_thanks_stay_the_heading_while_the_status_line_moves(
    tables: LocalCloud, status: str
) -> None:
    assert heading(details_in_status(status).order) == "Thank you, Ada."


@pytest.mark.parametrize("status", STEPS)
def test_upcoming_step_never_speaks_in_the_present(tables: LocalCloud, status: str) -> None:
    texts = [s.text for s in timeline_steps(details_in_status(status)) if s.state == "upcoming"]

    assert all("We'll" in text for text in texts)


def test_confirmation_says_whether_the_email_was_sent(tables: LocalCloud) -> None:
    details = details_in_status("paid")
    order, number = details.order, details.order.number

    def with_delivery(**result: Any) -> OrderDetails:
        key = email_delivery_key(f"{order.order_id}-0001", "a hash")
        return replace(details, processed=(EmailDelivery(order.order_id, key, **result),))

    start = f"Order {number} is confirmed."
    assert confirmation(details) == f"{start} We're emailing a receipt to {order.email}."
    assert confirmation(with_delivery(sent=True)) == (
        f"{start} We emailed a receipt to {order.email}."
    )
    refused = confirmation(with_delivery(skipped="refused"))
    assert refused.startswith(f"{start} We could not send an email to ")
    assert revision(details, NOON) != revision(with_delivery(sent=True), NOON)


def test_confirmation_of_an_unpaid_order_does_not_call_it_confirmed(tables: LocalCloud) -> None:
    assert "confirmed" not in confirmation(details_in_status("paying"))


@pytest.mark.parametrize(
    ("today", "title", "text"),
    [
        (date(2031, 6, 13), "Delivery", "Expected on 2031-06-14."),
        (date(2031, 6, 14), "Delivered", "Delivered on 2031-06-14."),
    ],
)
def test_timeline_ends_with_the_day_of_delivery(
    tables: LocalCloud, today: date, title: str, text: str
) -> None:
    tracking = carrier().track("HC012345678920310612DE", today=today)

    step = timeline_steps(details_in_status("shipped"), tracking)[-1]

    assert (step.title, step.text) == (title, text)


@pytest.mark.parametrize("status", ["declined", "shipped"])
def test_timeline_of_a_closed_order_shows_a_refund_that_the_provider_reported(
    tables: LocalCloud, status: str
) -> None:
    details = details_in_status(status)
    details.order.refunded = details.order.total

    text = str(timeline_steps(details)[-1].text)

    assert "We've refunded €30.40" in text
    assert "Nothing was charged" not in text
