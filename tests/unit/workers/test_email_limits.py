"""Orders with a stranger's email address: no text of the customer in emails, and few of them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from ulid import ULID

from app.orders.cancellation import cancel_order
from app.orders.close_reasons import CloseReason
from app.orders.compensation import refund, release
from app.orders.models import Address, Order
from app.orders.payment import charge
from app.orders.queries import load_order_details
from app.orders.shipping import ship
from app.payments.sandbox_dashboard import open_dispute
from app.persistence.idempotency import EmailDelivery
from infra.local.cloud import LocalCloud
from infra.local.console.emails import StoredEmail
from tests.builders import NOON, PACKED, LambdaContextStub, a_batch, an_order
from tests.fake_clouds import override_settings
from tests.unit.workers.queue_readers import emails_to, events_of
from workers.email import handler

LURE = "You won EUR 500! https://prize.example"
LURED = Address(LURE, "12 Claim it today", "Bonus city", "56203", "", "DE")
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def production_limit(tables: LocalCloud) -> Iterator[None]:
    with override_settings(emails_per_address="3"):
        yield


def an_email() -> str:
    return f"{ULID()}@victim.example".lower()


def send_newest_email(order: Order) -> None:
    response = handler(a_batch(events_of(order)[-1]), LambdaContextStub())
    assert response == {"batchItemFailures": []}


def place(email: str, at: datetime, **details: Any) -> Order:
    order = an_order(email=email, address=LURED, now=at, **details)
    send_newest_email(order)
    return order


def place_declined(email: str, at: datetime, **details: Any) -> None:
    order = place(email, at, payment_method="pm_declined", **details)
    charge(order.order_id, now=at)
    release(order.order_id, now=at)
    send_newest_email(order)


def everything_in(emails: list[StoredEmail]) -> str:
    return "".join(it.subject + it.text + it.html for it in emails)


def test_thirty_declined_api_orders_send_four_emails_without_the_strangers_words(
    tables: LocalCloud,
) -> None:
    victim = an_email()

    for number in range(30):
        place_declined(victim, NOON + number * SECOND)

    received = emails_to(tables, victim)
    assert len(received) == 4  # three confirmations, and the decline of the first order
    for words in (LURE, "You won", "prize.example", "Claim it", "Bonus"):
        assert words not in everything_in(received), words


def test_declined_orders_of_the_checkout_page_are_limited_too(tables: LocalCloud) -> None:
    victim = an_email()

    for number in range(30):
        place_declined(victim, NOON + number * SECOND, owner=f"visitor-{number}")

    assert len(emails_to(tables, victim)) == 6
    assert LURE not in everything_in(emails_to(tables, victim))


def test_orders_that_a_stranger_cancels_again_are_limited(tables: LocalCloud) -> None:
    victim = an_email()

    for number in range(30):
        order = place(victim, NOON + number * SECOND)
        cancel_order(order.order_id, now=NOON)
        send_newest_email(order)

    assert len(emails_to(tables, victim)) == 6


def test_one_confirmation_an_hour_follows_the_first_three(tables: LocalCloud) -> None:
    email = an_email()

    for minutes in (0, 5, 10, 15, 55, 60, 65, 110, 120):
        place(email, NOON + timedelta(minutes=minutes))

    assert len(emails_to(tables, email)) == 5


def test_limit_of_an_address_starts_again_after_a_day(tables: LocalCloud) -> None:
    email = an_email()
    for number in range(5):
        place(email, NOON + number * SECOND)

    for number in range(5):
        place(email, NOON + timedelta(days=1, minutes=1, seconds=number))

    assert len(emails_to(tables, email)) == 6


def test_other_addresses_are_not_concerned(tables: LocalCloud) -> None:
    victim, shopper = an_email(), an_email()
    for number in range(5):
        place(victim, NOON + number * SECOND)

    place(shopper, NOON + 6 * SECOND)

    assert len(emails_to(tables, shopper)) == 1


def test_limited_email_is_recorded_and_not_sent_by_a_redelivery(tables: LocalCloud) -> None:
    email = an_email()
    orders = [place(email, NOON + number * SECOND) for number in range(4)]

    for order in orders:
        send_newest_email(order)

    assert len(emails_to(tables, email)) == 3
    rows = load_order_details(orders[-1].order_id).processed
    assert [it.skipped for it in rows if isinstance(it, EmailDelivery)] == ["limited"]


def test_order_that_was_charged_always_gets_its_emails(tables: LocalCloud) -> None:
    email = an_email()
    for number in range(5):
        place(email, NOON + number * SECOND)
    before = len(emails_to(tables, email))
    shipped, refunded = (place(email, NOON + number * SECOND) for number in (6, 7))
    charge(shipped.order_id, now=NOON)
    ship(shipped.order_id, now=PACKED)
    send_newest_email(shipped)

    charge(refunded.order_id, now=NOON)
    cancel_order(refunded.order_id, now=NOON)
    refund(refunded.order_id, now=NOON)
    release(refunded.order_id, now=NOON)
    send_newest_email(refunded)

    assert len(emails_to(tables, email)) == before + 2


def test_order_that_is_cancelled_because_of_a_dispute_always_gets_its_email(
    tables: LocalCloud,
) -> None:
    """The customer was charged, although the shop refunds nothing: the bank returns the money."""
    email = an_email()
    for number in range(5):
        place(email, NOON + number * SECOND)
    before = len(emails_to(tables, email))
    order = place(email, NOON + 6 * SECOND)
    charge(order.order_id, now=NOON)
    open_dispute(order.order_id, now=NOON)

    cancel_order(order.order_id, now=NOON, reason=CloseReason.PAYMENT_DISPUTED)
    refund(order.order_id, now=NOON)
    release(order.order_id, now=NOON)
    send_newest_email(order)

    assert len(emails_to(tables, email)) == before + 1


def test_orders_of_the_same_moment_are_limited_in_the_order_of_their_ids(
    tables: LocalCloud,
) -> None:
    email = an_email()

    for _ in range(5):
        place(email, NOON)

    assert len(emails_to(tables, email)) == 3


def test_verified_address_gets_every_email_with_name_and_address(tables: LocalCloud) -> None:
    email = an_email()

    for number in range(5):
        place(email, NOON + number * SECOND, email_verified=True)

    received = emails_to(tables, email)
    assert len(received) == 5
    assert all(LURE in it.text and "Bonus city" in it.html for it in received)


@pytest.mark.parametrize("is_verified", [True, False])
def test_billing_address_and_delivery_note_go_to_verified_addresses_only(
    tables: LocalCloud, is_verified: bool
) -> None:
    email = an_email()
    invoiced = Address("Kiln Ltd", "1 Wheel Lane", "Mainz", "55116", "", "DE")

    place(
        email,
        NOON,
        email_verified=is_verified,
        billing_address=invoiced,
        delivery_note="Next to the shed",
    )

    (received,) = emails_to(tables, email)
    for body in (received.text, received.html):
        assert ("Kiln Ltd" in body) is is_verified
        assert ("Next to the shed" in body) is is_verified


@pytest.mark.parametrize("language", ["en", "de"])
def test_email_to_an_unverified_address_still_has_number_lines_total_and_link(
    tables: LocalCloud, language: str
) -> None:
    email = an_email()

    order = place(email, NOON, language=language)

    (received,) = emails_to(tables, email)
    for body in (received.text, received.html):
        assert order.number in body
        assert "Tea pot" in body
        assert "30" in body
        assert f"/orders/{order.order_id}?key=" in body
        assert LURE not in body
