from datetime import datetime, timedelta

import pytest
from ulid import ULID

from app.cart.visitor import load_visitor
from app.customers.models import (
    DeviceSession,
    Session,
    new_session_token,
    new_token,
    visitor_id_of,
    visitor_key,
)
from app.customers.sessions import (
    CUSTOMER_LIFETIME,
    MERCHANT_LIFETIME,
    Browser,
    end_all_sessions,
    end_other_sessions,
    end_session,
    list_sessions,
    sign_out,
    start_session,
)
from app.errors import NotFound
from tests.builders import NOON
from tests.crash_injection import crash, interleave
from tests.fake_clouds import MERCHANT, override_settings

pytestmark = pytest.mark.usefixtures("tables")
A_DAY = timedelta(days=1)
A_MINUTE = timedelta(minutes=1)


def an_email() -> str:
    return f"{ULID()}@potter.example".lower()


def a_session(email: str, *, now: datetime = NOON, browser: Browser = Browser()) -> str:
    visitor = visitor_id_of(new_session_token())
    start_session(visitor, email, browser, now=now)
    return visitor


def is_signed_in(visitor: str, now: datetime, *, is_background: bool = False) -> bool:
    return bool(load_visitor(visitor, now=now, is_background=is_background).email)


def test_customer_session_has_an_idle_timeout_of_14_days() -> None:
    visitor = a_session(an_email())

    assert is_signed_in(visitor, NOON + CUSTOMER_LIFETIME.idle_timeout - A_MINUTE)
    assert not is_signed_in(a_session(an_email()), NOON + CUSTOMER_LIFETIME.idle_timeout)


def test_customer_session_has_an_absolute_timeout_of_30_days() -> None:
    visitor = a_session(an_email())

    days = [day for day in range(40) if is_signed_in(visitor, NOON + day * A_DAY)]

    assert days == list(range(30))


def test_merchant_session_has_an_idle_timeout_of_30_minutes() -> None:
    assert is_signed_in(a_session(MERCHANT), NOON + MERCHANT_LIFETIME.idle_timeout - A_MINUTE)
    assert not is_signed_in(a_session(MERCHANT), NOON + MERCHANT_LIFETIME.idle_timeout)


def test_merchant_session_has_an_absolute_timeout_of_12_hours() -> None:
    visitor = a_session(MERCHANT)

    intervals = [n for n in range(100) if is_signed_in(visitor, NOON + n * 10 * A_MINUTE)]

    assert intervals == list(range(72))


def test_background_polling_does_not_extend_the_session() -> None:
    visitor = a_session(MERCHANT)
    for minute in range(29):
        assert is_signed_in(visitor, NOON + minute * A_MINUTE, is_background=True)

    assert not is_signed_in(visitor, NOON + MERCHANT_LIFETIME.idle_timeout)


def test_session_of_a_new_merchant_gets_the_merchant_timeouts_at_once() -> None:
    email = an_email()
    visitor = a_session(email)

    with override_settings(owner_emails=email):
        assert is_signed_in(visitor, NOON + timedelta(hours=1))
        assert not is_signed_in(visitor, NOON + timedelta(hours=2))


def test_only_the_hash_of_the_session_token_is_stored() -> None:
    token, email = new_session_token(), an_email()
    start_session(visitor_id_of(token), email, now=NOON)

    rows = [str(row.attribute_values) for row in Session.query(visitor_key(visitor_id_of(token)))]

    assert len(rows) == 1
    assert token not in rows[0]


def test_sessions_are_listed_most_recently_used_first() -> None:
    email = an_email()
    phone = a_session(email, browser=Browser("Safari", "iPhone"))
    laptop = a_session(email, now=NOON + A_DAY)
    is_signed_in(phone, NOON + 5 * A_DAY)

    sessions = list_sessions(email, now=NOON + 5 * A_DAY)

    assert [it.visitor for it in sessions] == [phone, laptop]
    assert sessions[0].browser == Browser("Safari", "iPhone")
    assert (sessions[0].signed_in_at, sessions[0].last_seen_at) == (NOON, NOON + 5 * A_DAY)


def test_expired_session_is_not_listed() -> None:
    email = an_email()
    a_session(email)

    assert list_sessions(email, now=NOON + CUSTOMER_LIFETIME.idle_timeout) == []


def test_customer_signs_out_another_device() -> None:
    email = an_email()
    lost, current = a_session(email), a_session(email)
    (device,) = (it.id for it in list_sessions(email, now=NOON) if it.visitor == lost)

    end_session(email, device)

    assert not is_signed_in(lost, NOON)
    assert is_signed_in(current, NOON)
    with pytest.raises(NotFound):
        end_session(email, device)


@pytest.mark.parametrize("unknown", ["", "x", "x" * 3_000, "0" * 26])
def test_customer_cannot_end_the_session_of_another_customer(unknown: str) -> None:
    theirs = an_email()
    visitor = a_session(theirs)
    known = list_sessions(theirs, now=NOON)[0].id

    for session_id in (known, unknown):
        with pytest.raises(NotFound):
            end_session(an_email(), session_id)
    assert is_signed_in(visitor, NOON)


def test_customer_signs_out_all_other_devices() -> None:
    email = an_email()
    others, current = [a_session(email) for _ in range(3)], a_session(email)

    moved, later = visitor_id_of(new_session_token()), NOON + A_DAY
    end_other_sessions(email, current_visitor=current, new_visitor=moved, now=later)

    assert not any(is_signed_in(it, later) for it in (*others, current))
    (session,) = list_sessions(email, now=later)
    assert (session.visitor, session.signed_in_at) == (moved, NOON)


def test_moved_session_keeps_its_absolute_timeout() -> None:
    email, moved = an_email(), visitor_id_of(new_session_token())
    current, later = a_session(email), NOON + 10 * A_DAY

    end_other_sessions(email, current_visitor=current, new_visitor=moved, now=later)

    days = [day for day in range(10, 40) if is_signed_in(moved, NOON + day * A_DAY)]
    assert days == list(range(10, 30))


def test_crash_while_other_devices_are_signed_out_leaves_a_session_that_can_do_it_again() -> None:
    email, moved = an_email(), visitor_id_of(new_session_token())
    others, current = [a_session(email) for _ in range(2)], a_session(email)

    with crash(after="DeleteItem"):
        end_other_sessions(email, current_visitor=current, new_visitor=moved, now=NOON)
    assert is_signed_in(current, NOON)
    end_other_sessions(email, current_visitor=current, new_visitor=moved, now=NOON)

    assert not any(is_signed_in(it, NOON) for it in (*others, current))
    assert [it.visitor for it in list_sessions(email, now=NOON)] == [moved]


def test_guest_token_never_becomes_a_session() -> None:
    with pytest.raises(ValueError, match="guest"):
        start_session(visitor_id_of(new_token()), an_email(), now=NOON)


def test_concurrent_request_does_not_restore_an_ended_session() -> None:
    visitor = a_session(an_email())

    with interleave(lambda: sign_out(visitor), before="UpdateItem"):
        is_signed_in(visitor, NOON + 3 * A_DAY)

    assert not is_signed_in(visitor, NOON + 3 * A_DAY)
    assert not list(Session.query(visitor_key(visitor)))


def test_crash_during_sign_in_leaves_no_session_that_cannot_be_ended() -> None:
    email, visitor = an_email(), visitor_id_of(new_session_token())

    with crash(after="TransactWriteItems"):
        start_session(visitor, email, now=NOON)

    assert is_signed_in(visitor, NOON)
    assert len(list_sessions(email, now=NOON)) == 1
    end_all_sessions(email, current_visitor="")
    assert not is_signed_in(visitor, NOON)


def test_sign_out_deletes_the_device_session_too() -> None:
    email = an_email()
    visitor = a_session(email)

    sign_out(visitor)
    sign_out(visitor)

    assert not is_signed_in(visitor, NOON)
    assert not list(DeviceSession.scan(DeviceSession.visitor == visitor))
