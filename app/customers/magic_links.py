"""Signing in by a link in a letter: it works once, for ten minutes; no password."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.exceptions import DoesNotExist, PutError, UpdateError

from app.customers.models import (
    LINK_LASTS,
    Limit,
    SignInLink,
    hashed,
    new_token,
)
from app.customers.sessions import UNKNOWN, Browser, start_session
from app.errors import NotFound, TooMany
from app.i18n.messages import said
from app.persistence.dynamodb import refused_by_condition

WINDOW = timedelta(minutes=15)
LINKS_PER_ADDRESS = 5
LINKS_PER_NETWORK = 30
LINKS_PER_EDGE = 300  # of CloudFront, behind which many networks are


@dataclass(frozen=True)
class SignedIn:
    """Who signed in, under which new cookie, and where they wanted to go."""

    token: str
    email: str
    next_path: str


@dataclass(frozen=True)
class Network:
    """Where somebody asks from: their own address and, if they come through one, CloudFront's.

    What CloudFront says can be made up by who goes around it; ``edge`` cannot, so both count.
    """

    viewer: str
    edge: str = ""


def offer_link(email: str, network: Network, next_path: str, *, now: datetime) -> str:
    """Make a link's token for this address. Raises ``TooMany`` when asked for too often."""
    count_once(f"email#{hashed(email)}", LINKS_PER_ADDRESS, now=now)
    count_once(f"network#{hashed(network.viewer)}", LINKS_PER_NETWORK, now=now)
    if network.edge:
        count_once(f"edge#{hashed(network.edge)}", LINKS_PER_EDGE, now=now)
    token = new_token()
    SignInLink(
        f"link#{hashed(token)}",
        "link",
        email=email,
        next_path=next_path,
        expires_at=now + LINK_LASTS,
    ).save()
    return token


def use_link(token: str, browser: Browser = UNKNOWN, *, now: datetime) -> SignedIn:
    """Start a session under a token that is new, whatever cookie the visitor had before."""
    link = SignInLink(f"link#{hashed(token)}", "link")
    fresh = new_token()
    try:
        link.update(
            actions=[SignInLink.used_by.set(hashed(fresh))],
            condition=SignInLink.used_by.does_not_exist() & (SignInLink.expires_at > now),
        )
    except UpdateError as error:
        if refused_by_condition(error):
            raise NotFound(said("This link has been used already, or is too old.")) from error
        raise
    start_session(hashed(fresh), link.email, browser, now=now)
    return SignedIn(fresh, link.email, link.next_path)


def count_once(what: str, most: int, *, now: datetime) -> None:
    """Count one more within this window; raises ``TooMany`` when it is full.

    The tally is set on condition, never added to: a retried write cannot count twice.
    """
    window = int(now.timestamp() // WINDOW.total_seconds())
    row = Limit(f"limit#{what}", str(window), expires_at=now + 2 * WINDOW)
    while (tally := _tally(row)) < most:
        if _counted(row, tally):
            return
    left = WINDOW.total_seconds() * (window + 1) - now.timestamp()
    message = said("That was asked for too often. Please wait a while.")
    raise TooMany(message, retry_after=int(left) + 1)


def _tally(row: Limit) -> int:
    try:
        return Limit.get(row.owner, row.part, consistent_read=True).tally
    except DoesNotExist:
        return 0


def _counted(row: Limit, before: int) -> bool:
    row.tally = before + 1
    try:
        row.save(condition=(Limit.tally == before) if before else Limit.owner.does_not_exist())
    except PutError as error:
        if refused_by_condition(error):
            return False
        raise
    return True
