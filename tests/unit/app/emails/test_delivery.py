from datetime import timedelta

import pytest

from app.emails.delivery import (
    LEASE_DURATION,
    SendInProgress,
    acquire_lease,
    compose_email,
    mark_sent,
)
from app.orders.events import OrderEvent, StockLow, read_event
from app.orders.models import Order
from app.orders.queries import load_order_details
from app.orders.review import decide_review
from tests.builders import NOON, an_order, an_order_in_status
from tests.fake_clouds import override_settings

pytestmark = pytest.mark.usefixtures("tables")

SECRET = "a generated signing secret"


def last_event(order: Order) -> OrderEvent:
    return read_event(load_order_details(order.order_id).events[-1].body)


def first_event(order: Order) -> OrderEvent:
    return read_event(load_order_details(order.order_id).events[0].body)


def test_customer_gets_the_emails_about_their_order() -> None:
    for status in ("placed", "shipped", "declined", "cancelled"):
        outgoing = compose_email(last_event(an_order_in_status(status)), SECRET)

        assert outgoing
        assert outgoing.to == ("ada@potter.example",)


def test_merchants_get_the_emails_that_need_their_action() -> None:
    order = an_order_in_status("reviewing")
    low = StockLow(
        event_id=f"{order.order_id}-low-POT",
        order_id=order.order_id,
        occurred_at=NOON,
        sku="POT",
        available=3,
    )

    with override_settings(merchant_emails="bo@hearth.example, ada@hearth.example"):
        for event in (last_event(order), low):
            outgoing = compose_email(event, SECRET)
            assert outgoing
            assert outgoing.to == ("ada@hearth.example", "bo@hearth.example")


def test_closed_order_gets_no_confirmation_email() -> None:
    assert compose_email(first_event(an_order_in_status("declined")), SECRET) is None
    assert compose_email(first_event(an_order_in_status("cancelled")), SECRET) is None
    assert compose_email(first_event(an_order_in_status("shipped")), SECRET)


def test_email_has_a_signed_link_to_the_order() -> None:
    order = an_order()

    outgoing = compose_email(first_event(order), SECRET)

    assert outgoing
    assert f"/orders/{order.order_id}?key=" in outgoing.email.text
    assert SECRET not in outgoing.email.text + outgoing.email.html


def test_send_lease_is_held_by_one_worker_at_a_time() -> None:
    event = first_event(an_order())
    acquire_lease(event, now=NOON)

    with pytest.raises(SendInProgress):
        acquire_lease(event, now=NOON + LEASE_DURATION)


def test_sent_email_is_not_leased_again() -> None:
    event = first_event(an_order())
    lease_id = acquire_lease(event, now=NOON)
    assert lease_id
    mark_sent(event, lease_id, now=NOON)

    assert acquire_lease(event, now=NOON) is None
    assert acquire_lease(event, now=NOON + timedelta(days=9)) is None


def test_expired_send_lease_can_be_acquired_again() -> None:
    event = first_event(an_order())
    acquire_lease(event, now=NOON)

    assert acquire_lease(event, now=NOON + LEASE_DURATION + timedelta(seconds=1))


def test_each_event_has_its_own_send_lease() -> None:
    order = an_order_in_status("shipped")

    assert acquire_lease(first_event(order), now=NOON)
    assert acquire_lease(last_event(order), now=NOON)


def test_email_about_a_rejected_order_shows_the_comment_that_no_event_carries() -> None:
    order = an_order_in_status("reviewing")
    decide_review(order.order_id, "rejected", "bo@hearth.example", "Too far for us.", now=NOON)
    row = load_order_details(order.order_id).events[-1]

    outgoing = compose_email(read_event(row.body), SECRET)

    assert outgoing
    assert "Too far for us." in outgoing.email.text
    assert "Too far" not in row.body
