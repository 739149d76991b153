from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from ulid import ULID

from app.customers.magic_links import (
    LINKS_PER_EMAIL,
    LINKS_PER_NETWORK,
    Network,
    issue,
    redeem,
)
from app.customers.models import MagicLink, Session, sha256_hex, visitor_id_of, visitor_key
from app.customers.rate_limits import RateLimit
from app.customers.sessions import sign_out
from app.errors import NotFound, RateLimited
from tests.builders import NOON

pytestmark = pytest.mark.usefixtures("tables")


def an_email() -> str:
    return f"{ULID()}@potter.example".lower()


def a_network(edge: str = "") -> Network:
    return Network(f"network-{ULID()}", edge)


def a_link(email: str = "") -> str:
    return issue(email or an_email(), a_network(), "/orders", now=NOON)


def test_magic_link_signs_in_its_email_and_returns_the_next_path() -> None:
    email = an_email()

    signed_in = redeem(a_link(email), now=NOON)

    assert (signed_in.email, signed_in.next_path) == (email, "/orders")
    session = Session.get(visitor_key(visitor_id_of(signed_in.token)), "session")
    assert session.email == email


def test_magic_link_works_once() -> None:
    link = a_link()
    redeem(link, now=NOON)

    with pytest.raises(NotFound):
        redeem(link, now=NOON)


def test_concurrent_uses_of_a_magic_link_sign_in_once() -> None:
    link = a_link()

    def use(_: int) -> bool:
        try:
            redeem(link, now=NOON)
        except NotFound:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(use, range(4))) == 1


def test_magic_link_expires_after_ten_minutes() -> None:
    early, late = a_link(), a_link()

    redeem(early, now=NOON + timedelta(minutes=9, seconds=59))
    with pytest.raises(NotFound):
        redeem(late, now=NOON + timedelta(minutes=10))


@pytest.mark.parametrize("token", ["", "x", "ü" * 500])
def test_invalid_token_does_not_sign_in(token: str) -> None:
    with pytest.raises(NotFound):
        redeem(token, now=NOON)


def test_only_the_hash_of_a_magic_link_is_stored() -> None:
    link = a_link()

    assert MagicLink.get(f"link#{sha256_hex(link)}", "link").used_by is None
    assert not list(MagicLink.query(f"link#{link}"))


def test_each_sign_in_gets_a_new_session_token() -> None:
    assert redeem(a_link(), now=NOON).token != redeem(a_link(), now=NOON).token


def test_sign_out_deletes_the_session_and_can_be_repeated() -> None:
    visitor = visitor_id_of(redeem(a_link(), now=NOON).token)

    sign_out(visitor)
    sign_out(visitor)

    assert not list(Session.query(visitor_key(visitor)))


def test_rate_limit_allows_five_links_per_email_and_window() -> None:
    email = an_email()
    for _ in range(LINKS_PER_EMAIL.max_hits):
        a_link(email)

    with pytest.raises(RateLimited) as limited:
        a_link(email)

    assert 0 < limited.value.retry_after <= 901
    issue(email, a_network(), "/", now=NOON + timedelta(seconds=limited.value.retry_after))


def test_rate_limit_allows_thirty_links_per_network() -> None:
    network = a_network()
    for _ in range(LINKS_PER_NETWORK.max_hits):
        issue(an_email(), network, "/", now=NOON)

    with pytest.raises(RateLimited):
        issue(an_email(), network, "/", now=NOON)


def test_rate_limit_per_edge_holds_when_viewer_addresses_are_forged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.customers.magic_links.LINKS_PER_EDGE", RateLimit("edge", 3))
    edge = f"edge-{ULID()}"
    for _ in range(3):
        issue(an_email(), a_network(edge), "/", now=NOON)

    with pytest.raises(RateLimited):
        issue(an_email(), a_network(edge), "/", now=NOON)


def test_network_over_its_limit_uses_up_no_links_of_the_addresses_that_it_names() -> None:
    attacker, victim = a_network(), an_email()
    for _ in range(LINKS_PER_NETWORK.max_hits):
        issue(an_email(), attacker, "/", now=NOON)
    for _ in range(LINKS_PER_EMAIL.max_hits):
        with pytest.raises(RateLimited):
            issue(victim, attacker, "/", now=NOON)

    assert issue(victim, a_network(), "/", now=NOON)
