from datetime import datetime, timedelta

import pytest
from ulid import ULID

from app.cart.visitor import visit_of
from app.customers.models import Place, Session, hashed, new_token, visitor_key
from app.customers.sessions import (
    MERCHANTS,
    SHOPPERS,
    Browser,
    end_others,
    end_session,
    sessions_of,
    sign_out,
    start_session,
)
from app.errors import NotFound
from tests.builders import NOON
from tests.crash_injection import dying, meanwhile
from tests.fake_clouds import MERCHANT, told

pytestmark = pytest.mark.usefixtures("tables")
A_DAY = timedelta(days=1)
A_MINUTE = timedelta(minutes=1)


def somebody() -> str:
    return f"{ULID()}@potter.example".lower()


def a_session(email: str, *, now: datetime = NOON, browser: Browser = Browser()) -> str:
    visitor = hashed(new_token())
    start_session(visitor, email, browser, now=now)
    return visitor


def is_in(visitor: str, now: datetime, *, by_itself: bool = False) -> bool:
    return bool(visit_of(visitor, now=now, by_itself=by_itself).email)


def test_a_shopper_stays_signed_in_for_a_fortnight_without_coming() -> None:
    visitor = a_session(somebody())

    assert is_in(visitor, NOON + SHOPPERS.idle - A_MINUTE)
    assert not is_in(a_session(somebody()), NOON + SHOPPERS.idle)


def test_who_comes_every_day_has_to_sign_in_again_after_a_month() -> None:
    visitor = a_session(somebody())

    days = [day for day in range(40) if is_in(visitor, NOON + day * A_DAY)]

    assert days == list(range(30))


def test_a_merchant_who_goes_away_for_half_an_hour_is_out() -> None:
    assert is_in(a_session(MERCHANT), NOON + MERCHANTS.idle - A_MINUTE)
    assert not is_in(a_session(MERCHANT), NOON + MERCHANTS.idle)


def test_a_merchant_who_works_all_day_signs_in_again_after_twelve_hours() -> None:
    visitor = a_session(MERCHANT)

    tens = [ten for ten in range(100) if is_in(visitor, NOON + ten * 10 * A_MINUTE)]

    assert tens == list(range(72))


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in() -> None:
    visitor = a_session(MERCHANT)
    for minute in range(29):
        assert is_in(visitor, NOON + minute * A_MINUTE, by_itself=True)

    assert not is_in(visitor, NOON + MERCHANTS.idle)


def test_who_becomes_a_merchant_is_held_to_a_merchants_times() -> None:
    email = somebody()
    visitor = a_session(email)

    with told(merchant_emails=email):
        assert is_in(visitor, NOON + timedelta(hours=1))
        assert not is_in(visitor, NOON + timedelta(hours=2))


def test_only_a_hash_of_the_cookie_is_kept() -> None:
    token, email = new_token(), somebody()
    start_session(hashed(token), email, now=NOON)

    kept = [str(row.attribute_values) for row in Session.query(visitor_key(hashed(token)))]

    assert len(kept) == 1
    assert token not in kept[0]


def test_all_places_are_listed_the_latest_visit_first() -> None:
    email = somebody()
    phone = a_session(email, browser=Browser("Safari", "iPhone"))
    laptop = a_session(email, now=NOON + A_DAY)
    is_in(phone, NOON + 5 * A_DAY)

    there = sessions_of(email, now=NOON + 5 * A_DAY)

    assert [it.visitor for it in there] == [phone, laptop]
    assert there[0].browser == Browser("Safari", "iPhone")
    assert (there[0].signed_in_at, there[0].seen_at) == (NOON, NOON + 5 * A_DAY)


def test_what_is_over_is_no_longer_listed() -> None:
    email = somebody()
    a_session(email)

    assert sessions_of(email, now=NOON + SHOPPERS.idle) == []


def test_a_session_can_be_ended_from_another() -> None:
    email = somebody()
    lost, mine = a_session(email), a_session(email)
    (place,) = (it.id for it in sessions_of(email, now=NOON) if it.visitor == lost)

    end_session(email, place)

    assert not is_in(lost, NOON)
    assert is_in(mine, NOON)
    with pytest.raises(NotFound):
        end_session(email, place)


@pytest.mark.parametrize("place", ["", "x", "x" * 3_000, "0" * 26])
def test_nobody_ends_the_session_of_another(place: str) -> None:
    theirs = somebody()
    visitor = a_session(theirs)
    known = sessions_of(theirs, now=NOON)[0].id

    for it in (known, place):
        with pytest.raises(NotFound):
            end_session(somebody(), it)
    assert is_in(visitor, NOON)


def test_all_others_end_at_once_and_mine_stays() -> None:
    email = somebody()
    others, mine = [a_session(email) for _ in range(3)], a_session(email)

    end_others(email, but=mine)

    assert not any(is_in(it, NOON) for it in others)
    assert [it.visitor for it in sessions_of(email, now=NOON)] == [mine]


def test_a_session_that_was_ended_is_not_brought_back_by_a_request_under_way() -> None:
    visitor = a_session(somebody())

    with meanwhile(lambda: sign_out(visitor), before="UpdateItem"):
        is_in(visitor, NOON + 3 * A_DAY)

    assert not is_in(visitor, NOON + 3 * A_DAY)
    assert not list(Session.query(visitor_key(visitor)))


def test_dying_while_signing_in_leaves_no_session_that_cannot_be_ended() -> None:
    email, visitor = somebody(), hashed(new_token())

    with dying(after="PutItem"):
        start_session(visitor, email, now=NOON)

    assert not is_in(visitor, NOON)
    assert sessions_of(email, now=NOON) == []


def test_who_signs_out_is_out_everywhere_in_the_books() -> None:
    email = somebody()
    visitor = a_session(email)

    sign_out(visitor)
    sign_out(visitor)

    assert not is_in(visitor, NOON)
    assert not list(Place.scan(Place.visitor == visitor))
