"""Sessions: how long somebody stays signed in, where they are, and ending it from anywhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.exceptions import DoesNotExist, UpdateError
from ulid import ULID

from app.customers.models import Place, Session, customer_of, visitor_key
from app.errors import NotFound
from app.i18n.messages import said
from app.persistence.dynamodb import refused_by_condition
from app.settings import settings

BEGINS = "place#"
A_SECOND = timedelta(seconds=1)  # what DynamoDB keeps of a time to live


@dataclass(frozen=True)
class Lasting:
    """A session is over when nobody has come for ``idle``, and ``longest`` after it began."""

    idle: timedelta
    longest: timedelta

    @property
    def noted_every(self) -> timedelta:
        """A write for each request would cost more than the pages do."""
        return self.idle / 6


SHOPPERS = Lasting(idle=timedelta(days=14), longest=timedelta(days=30))
MERCHANTS = Lasting(idle=timedelta(minutes=30), longest=timedelta(hours=12))


@dataclass(frozen=True)
class Browser:
    """What somebody would recognise their own device by; nothing finer is kept."""

    name: str = ""
    system: str = ""


UNKNOWN = Browser()


@dataclass(frozen=True)
class SignedInAt:
    """One place where a customer is signed in."""

    id: str
    visitor: str
    browser: Browser
    signed_in_at: datetime
    seen_at: datetime


def start_session(visitor: str, email: str, browser: Browser = UNKNOWN, *, now: datetime) -> None:
    """The place is noted first: there is no session that its owner could not see and end."""
    place, lasts = str(ULID()), lasting_for(email)
    Place(
        visitor_key(customer_of(email)),
        BEGINS + place,
        visitor=visitor,
        browser=browser.name,
        system=browser.system,
        signed_in_at=now,
        expires_at=now + lasts.longest,
    ).save()
    Session(
        visitor_key(visitor),
        "session",
        email=email,
        place=place,
        signed_in_at=now,
        seen_at=now,
        expires_at=now + lasts.idle,
    ).save()


def lasting_for(email: str) -> Lasting:
    """Asked each time: who becomes a merchant is at once held to a merchant's times."""
    return MERCHANTS if email in settings().merchants else SHOPPERS


def is_over(session: Session, *, now: datetime) -> bool:
    return now >= min(session.expires_at, _at_the_latest(session))


def keep_alive(session: Session, *, now: datetime) -> None:
    """Note that somebody came, now and then. A session that was ended meanwhile stays ended."""
    lasts = lasting_for(session.email)
    latest = _at_the_latest(session)
    ends = min(now + lasts.idle, latest)
    if abs(ends - session.expires_at) < (A_SECOND if ends == latest else lasts.noted_every):
        return
    try:
        session.update(
            actions=[Session.seen_at.set(now), Session.expires_at.set(ends)],
            condition=Session.email.exists(),
        )
    except UpdateError as error:
        if not refused_by_condition(error):
            raise


def sessions_of(email: str, *, now: datetime) -> list[SignedInAt]:
    """Where this customer is signed in, the latest visit first."""
    found = ((place, _session(place.visitor)) for place in _places(email))
    there = [_described(it, on) for it, on in found if on and not is_over(on, now=now)]
    return sorted(there, key=lambda it: it.seen_at, reverse=True)


def end_session(email: str, place_id: str) -> None:
    """Raises ``NotFound`` for one that is over, or another's: the two are never told apart."""
    found = [place for place in _places(email) if place.part == BEGINS + place_id]
    if not found:
        raise NotFound(said("You are not signed in there any more."))
    _end(found[0])


def end_others(email: str, *, but: str) -> None:
    """All but the session of the visitor who asks for it."""
    for place in _places(email):
        if place.visitor != but:
            _end(place)


def sign_out(visitor: str) -> None:
    if session := _session(visitor):
        session.delete()
        Place(visitor_key(customer_of(session.email)), BEGINS + session.place).delete()


def _at_the_latest(session: Session) -> datetime:
    return session.signed_in_at + lasting_for(session.email).longest


def _end(place: Place) -> None:
    """The session goes first: what is left of a death in between leads nowhere."""
    Session(visitor_key(place.visitor), "session").delete()
    place.delete()


def _places(email: str) -> Iterator[Place]:
    owner = visitor_key(customer_of(email))
    return iter(Place.query(owner, Place.part.startswith(BEGINS), consistent_read=True))


def _session(visitor: str) -> Session | None:
    try:
        return Session.get(visitor_key(visitor), "session", consistent_read=True)
    except DoesNotExist:
        return None


def _described(place: Place, session: Session) -> SignedInAt:
    return SignedInAt(
        id=place.part.removeprefix(BEGINS),
        visitor=place.visitor,
        browser=Browser(place.browser, place.system),
        signed_in_at=place.signed_in_at,
        seen_at=session.seen_at or session.signed_in_at,
    )
