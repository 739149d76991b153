"""The steps and texts of the order timeline."""

from datetime import timedelta

import pytest

from app.orders.cancellation import cancel_order
from app.orders.close_reasons import CloseReason
from app.orders.models import TimelineEntry
from app.orders.queries import OrderDetails, load_order_details
from app.orders.review import decide_review
from app.web.storefront.order_timeline import (
    closing_text,
    headline,
    poll_interval,
    revision,
    timeline_steps,
)
from infra.local.cloud import LocalCloud
from tests.builders import NOON, an_order_in_status

STEPS: dict[str, list[tuple[str, str]]] = {
    "placed": [
        ("Placed", "done"),
        ("Payment", "current"),
        ("Packing", "upcoming"),
        ("Shipped", "upcoming"),
    ],
    "paying": [
        ("Placed", "done"),
        ("Payment", "current"),
        ("Packing", "upcoming"),
        ("Shipped", "upcoming"),
    ],
    "paid": [("Placed", "done"), ("Paid", "done"), ("Packing", "current"), ("Shipped", "upcoming")],
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
    assert headline(details.order)


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
    assert headline(details.order) == "Cancelling your order."
    assert [step.title for step in timeline_steps(details)] == ["Placed", "Paid", "Cancelling"]


def test_headline_differs_when_the_merchant_cancels(tables: LocalCloud) -> None:
    order = cancel_order(
        an_order_in_status("paid").order_id, now=NOON, reason=CloseReason.MERCHANT_REQUEST
    )

    assert headline(order) == "We have to cancel this order."


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


@pytest.mark.parametrize("status", ["declined", "shipped"])
def test_timeline_of_a_closed_order_shows_a_refund_that_the_provider_reported(
    tables: LocalCloud, status: str
) -> None:
    details = details_in_status(status)
    details.order.refunded = details.order.total

    text = str(timeline_steps(details)[-1].text)

    assert "We've refunded €30.40" in text
    assert "Nothing was charged" not in text
