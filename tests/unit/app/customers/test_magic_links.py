from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from ulid import ULID

from app.customers.magic_links import (
    LINKS_PER_ADDRESS,
    LINKS_PER_NETWORK,
    Network,
    count_once,
    offer_link,
    use_link,
)
from app.customers.models import Session, SignInLink, hashed, visitor_key
from app.customers.sessions import sign_out
from app.errors import NotFound, TooMany
from tests.builders import NOON

pytestmark = pytest.mark.usefixtures("tables")


def somebody() -> str:
    return f"{ULID()}@potter.example".lower()


def a_network(edge: str = "") -> Network:
    return Network(f"network-{ULID()}", edge)


def a_link(email: str = "") -> str:
    return offer_link(email or somebody(), a_network(), "/orders", now=NOON)


def test_a_link_signs_in_who_asked_for_it_and_leads_on() -> None:
    email = somebody()

    signed_in = use_link(a_link(email), now=NOON)

    assert (signed_in.email, signed_in.next_path) == (email, "/orders")
    session = Session.get(visitor_key(hashed(signed_in.token)), "session")
    assert session.email == email


def test_a_link_works_once() -> None:
    link = a_link()
    use_link(link, now=NOON)

    with pytest.raises(NotFound):
        use_link(link, now=NOON)


def test_of_two_who_use_a_link_at_once_one_signs_in() -> None:
    link = a_link()

    def use(_: int) -> bool:
        try:
            use_link(link, now=NOON)
        except NotFound:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(use, range(4))) == 1


def test_a_link_is_too_old_after_ten_minutes() -> None:
    early, late = a_link(), a_link()

    use_link(early, now=NOON + timedelta(minutes=9, seconds=59))
    with pytest.raises(NotFound):
        use_link(late, now=NOON + timedelta(minutes=10))


@pytest.mark.parametrize("token", ["", "x", "ü" * 500])
def test_what_is_no_link_signs_nobody_in(token: str) -> None:
    with pytest.raises(NotFound):
        use_link(token, now=NOON)


def test_only_the_hash_of_a_link_is_kept() -> None:
    link = a_link()

    assert SignInLink.get(f"link#{hashed(link)}", "link").used_by is None
    assert not list(SignInLink.query(f"link#{link}"))


def test_every_sign_in_has_a_cookie_of_its_own() -> None:
    assert use_link(a_link(), now=NOON).token != use_link(a_link(), now=NOON).token


def test_who_signs_out_is_out() -> None:
    visitor = hashed(use_link(a_link(), now=NOON).token)

    sign_out(visitor)
    sign_out(visitor)

    assert not list(Session.query(visitor_key(visitor)))


def test_the_sixth_link_for_one_address_is_too_many_and_says_when_to_come_back() -> None:
    email = somebody()
    for _ in range(LINKS_PER_ADDRESS):
        a_link(email)

    with pytest.raises(TooMany) as refused:
        a_link(email)

    assert 0 < refused.value.retry_after <= 901
    offer_link(email, a_network(), "/", now=NOON + timedelta(seconds=refused.value.retry_after))


def test_the_thirty_first_link_from_one_network_is_too_many() -> None:
    network = a_network()
    for _ in range(LINKS_PER_NETWORK):
        offer_link(somebody(), network, "/", now=NOON)

    with pytest.raises(TooMany):
        offer_link(somebody(), network, "/", now=NOON)


def test_who_goes_around_cloudfront_and_makes_up_networks_is_counted_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.customers.magic_links.LINKS_PER_EDGE", 3)
    edge = f"edge-{ULID()}"
    for _ in range(3):
        offer_link(somebody(), a_network(edge), "/", now=NOON)

    with pytest.raises(TooMany):
        offer_link(somebody(), a_network(edge), "/", now=NOON)


def test_of_many_who_ask_at_once_no_more_are_counted_than_may_be() -> None:
    what = str(ULID())

    def ask(_: int) -> bool:
        try:
            count_once(what, 3, now=NOON)
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(8))) == 3
