from datetime import timedelta
from hashlib import sha256
from itertools import count

import pytest
from ulid import ULID

from app.emails import send_leases
from app.emails.send_leases import (
    LEASE_DURATION,
    SendInProgress,
    SendLease,
    acquire_lease,
    record_result,
    release_lease,
)
from app.orders.events import OrderEvent, read_event
from app.orders.queries import load_order_details
from app.persistence.idempotency import EmailDelivery, recipient_hash
from app.verification.privacy import SENSITIVE
from tests.builders import NOON, an_order, an_order_in_status

pytestmark = pytest.mark.usefixtures("tables")

ADA, BO = "a" * 16, "b" * 16
LATER = NOON + LEASE_DURATION + timedelta(seconds=1)


def an_event() -> OrderEvent:
    return read_event(load_order_details(an_order().order_id).events[0].body)


def a_lease(event: OrderEvent, recipient: str = ADA) -> SendLease:
    lease = acquire_lease(event, recipient, now=NOON)
    assert lease
    return lease


def test_send_lease_is_held_by_one_worker_at_a_time() -> None:
    event = an_event()
    a_lease(event)

    with pytest.raises(SendInProgress):
        acquire_lease(event, ADA, now=NOON + LEASE_DURATION)


def test_lease_is_held_although_the_reply_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK repeats the call, whose condition then fails because of the first one."""
    lease_id = ULID()
    monkeypatch.setattr(send_leases, "ULID", lambda: lease_id)
    event = an_event()
    lease = a_lease(event)

    assert acquire_lease(event, ADA, now=NOON) == lease

    record_result(lease, "sent", now=NOON)
    assert acquire_lease(event, ADA, now=NOON) is None


def test_sent_email_is_not_leased_again() -> None:
    event = an_event()
    record_result(a_lease(event), "sent", now=NOON)

    assert acquire_lease(event, ADA, now=NOON) is None
    assert acquire_lease(event, ADA, now=NOON + timedelta(days=9)) is None
    assert acquire_lease(event, ADA, now=LATER, retry_refused=True) is None


def test_expired_send_lease_can_be_acquired_again() -> None:
    event = an_event()
    a_lease(event)

    assert acquire_lease(event, ADA, now=LATER)


def test_released_send_lease_can_be_acquired_at_once() -> None:
    event = an_event()

    release_lease(a_lease(event))

    assert acquire_lease(event, ADA, now=NOON)


def test_worker_whose_lease_has_expired_releases_nothing() -> None:
    event = an_event()
    expired = a_lease(event)
    acquire_lease(event, ADA, now=LATER)

    release_lease(expired)

    with pytest.raises(SendInProgress):
        acquire_lease(event, ADA, now=LATER)


def test_each_event_and_each_recipient_has_a_send_lease_of_its_own() -> None:
    order = an_order_in_status("shipped")
    events = [read_event(row.body) for row in load_order_details(order.order_id).events]

    assert all(acquire_lease(event, it, now=NOON) for event in events for it in (ADA, BO))


def test_refused_email_is_leased_again_only_for_a_retry() -> None:
    event = an_event()
    record_result(a_lease(event), "refused", now=NOON)

    assert acquire_lease(event, ADA, now=NOON) is None
    retried = acquire_lease(event, ADA, now=NOON, retry_refused=True)
    assert retried
    record_result(retried, "sent", now=NOON)
    assert acquire_lease(event, ADA, now=NOON, retry_refused=True) is None
    (row,) = EmailDelivery.query(event.order_id, EmailDelivery.part.startswith("email#"))
    assert row.sent
    assert not row.skipped


def test_outdated_email_is_never_leased_again() -> None:
    event = an_event()
    record_result(a_lease(event), "outdated", now=NOON)

    assert acquire_lease(event, ADA, now=LATER) is None
    assert acquire_lease(event, ADA, now=LATER, retry_refused=True) is None


def test_recipient_hash_identifies_an_address_within_one_order() -> None:
    one = recipient_hash("01ORDER", "ada@potter.example")

    assert one == recipient_hash("01ORDER", "ada@potter.example") == "a19c4e3c99e6"
    assert one != recipient_hash("01OTHER", "ada@potter.example")
    assert one != recipient_hash("01ORDER", "bo@potter.example")


def test_recipient_hash_of_digits_only_does_not_look_like_a_card_number_in_a_log() -> None:
    order_id = "01RDVN0HG0QFQH3JE7Y6Y62FTS"
    email = next(it for it in (f"{n}@mail.example" for n in count()) if _has_digits(order_id, it))

    line = f'{{"log": "email limited", "recipient": "{recipient_hash(order_id, email)}"}}'

    assert not SENSITIVE["a card number"].search(line)


def _has_digits(order_id: str, email: str) -> bool:
    """Whether the first 16 characters of its SHA-256 are decimal digits: one in 2,000."""
    return sha256(f"{order_id} {email}".encode()).hexdigest()[:16].isdecimal()
