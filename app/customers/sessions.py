"""Sessions: how long a customer stays signed in, on which devices, and how each session ends.

https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.exceptions import DoesNotExist, TransactWriteError, UpdateError
from ulid import ULID

from app.customers.accounts import require_account
from app.customers.models import (
    DeviceSession,
    Session,
    customer_id,
    needs_session,
    visitor_key,
)
from app.errors import NotFound
from app.i18n.messages import lazy_gettext
from app.persistence.dynamodb import is_condition_failure, retrying_transaction
from app.settings import settings

KEY_PREFIX = "device_session#"
RECENT_SIGN_IN = timedelta(minutes=10)  # to delete an account, which nothing brings back
TTL_RESOLUTION = timedelta(seconds=1)  # DynamoDB stores a time to live in whole seconds


@dataclass(frozen=True)
class SessionLifetime:
    """A session ends ``idle_timeout`` after its last use, ``absolute_timeout`` after sign-in."""

    idle_timeout: timedelta
    absolute_timeout: timedelta

    @property
    def refresh_interval(self) -> timedelta:
        """The least time between two writes that extend a session.

        A write for each request would cost more than the page itself.
        """
        return self.idle_timeout / 6


CUSTOMER_LIFETIME = SessionLifetime(
    idle_timeout=timedelta(days=14), absolute_timeout=timedelta(days=30)
)
MERCHANT_LIFETIME = SessionLifetime(
    idle_timeout=timedelta(minutes=30), absolute_timeout=timedelta(hours=12)
)


@dataclass(frozen=True)
class Browser:
    """The browser and operating system by which customers recognise a device of theirs."""

    name: str = ""
    system: str = ""


UNKNOWN_BROWSER = Browser()


@dataclass(frozen=True)
class ActiveSession:
    """A device on which a customer is signed in, as the account page shows it."""

    id: str
    visitor: str
    browser: Browser
    signed_in_at: datetime
    last_seen_at: datetime


def start_session(
    visitor: str, email: str, browser: Browser = UNKNOWN_BROWSER, *, now: datetime
) -> None:
    """Sign the visitor in. Raises ``ValueError`` for a guest's id: a session has a new token."""
    lifetime = lifetime_of(email)
    device = DeviceSession(
        visitor_key(customer_id(email)),
        KEY_PREFIX + str(ULID()),
        visitor=visitor,
        browser=browser.name,
        system=browser.system,
        signed_in_at=now,
        expires_at=now + lifetime.absolute_timeout,
    )
    _save(device, email, now=now)


def _save(device: DeviceSession, email: str, *, now: datetime) -> None:
    """Store device and session together, so that their owner can end every session.

    Raises ``NotFound`` if the account was deleted after the sign-in.
    """
    if not needs_session(device.visitor):
        raise ValueError("a guest's token cannot become a session's")
    session = Session(
        visitor_key(device.visitor),
        "session",
        email=email,
        device_session_id=device.part.removeprefix(KEY_PREFIX),
        signed_in_at=device.signed_in_at,
        last_seen_at=now,
    )
    session.expires_at = min(now + lifetime_of(email).idle_timeout, _absolute_expiry(session))
    try:
        with retrying_transaction() as transaction:
            require_account(transaction, customer_id(email), since=device.signed_in_at)
            transaction.save(device)
            transaction.save(session)
    except TransactWriteError as error:
        if is_condition_failure(error):
            raise NotFound(lazy_gettext("This account has been deleted.")) from error
        raise


def lifetime_of(email: str) -> SessionLifetime:
    """Read the settings each time: a new merchant's sessions get the shorter lifetime at once."""
    return MERCHANT_LIFETIME if email in settings().merchants else CUSTOMER_LIFETIME


def is_expired(session: Session, *, now: datetime) -> bool:
    return now >= min(session.expires_at, _absolute_expiry(session))


def extend_session(session: Session, *, now: datetime) -> None:
    """Move the idle timeout, at most once per refresh interval. An ended session stays ended."""
    lifetime = lifetime_of(session.email)
    latest = _absolute_expiry(session)
    expires_at = min(now + lifetime.idle_timeout, latest)
    interval = TTL_RESOLUTION if expires_at == latest else lifetime.refresh_interval
    if abs(expires_at - session.expires_at) < interval:
        return
    try:
        session.update(
            actions=[Session.last_seen_at.set(now), Session.expires_at.set(expires_at)],
            condition=Session.email.exists(),
        )
    except UpdateError as error:
        if not is_condition_failure(error):
            raise


def list_sessions(email: str, *, now: datetime) -> list[ActiveSession]:
    """The customer's active sessions, the most recently used first."""
    pairs = ((device, _find_session(device.visitor)) for device in _device_sessions(email))
    active = [
        _active_session(device, session)
        for device, session in pairs
        if session and not is_expired(session, now=now)
    ]
    return sorted(active, key=lambda it: it.last_seen_at, reverse=True)


def end_session(email: str, device_session_id: str) -> None:
    """Sign one device out. Raises ``NotFound`` if it is signed out or belongs to someone else."""
    for device in _device_sessions(email):
        if device.part == KEY_PREFIX + device_session_id:
            _end(device)
            return
    raise NotFound(lazy_gettext("That device has been signed out."))


def end_other_sessions(
    email: str, *, current_visitor: str, new_visitor: str, now: datetime
) -> None:
    """Sign out all devices of the customer but the current one, which gets another token.

    So a copy of any cookie is worth nothing afterwards, also one of the current device. Its
    session keeps the time of its sign-in, and with it the absolute timeout.
    """
    devices = sorted(_device_sessions(email), key=lambda it: it.visitor == current_visitor)
    for device in devices:  # the current one last: after a crash it can try again
        if device.visitor == current_visitor:
            _save(_moved_to(device, new_visitor), email, now=now)
        _end(device)


def end_all_sessions(email: str, *, current_visitor: str) -> None:
    """Sign out all devices of the customer, the current one last: after a crash it can repeat."""
    for device in _device_sessions(email):
        if device.visitor != current_visitor:
            Session(visitor_key(device.visitor), "session").delete()
        device.delete()
    Session(visitor_key(current_visitor), "session").delete()


def has_signed_in_recently(visitor: str, *, now: datetime) -> bool:
    """Whether the session began in the last minutes, so that its cookie is not an old copy.

    https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html#require-re-authentication-for-sensitive-features
    """
    session = _find_session(visitor)
    return session is not None and now < session.signed_in_at + RECENT_SIGN_IN


def _moved_to(device: DeviceSession, visitor: str) -> DeviceSession:
    return DeviceSession(
        device.owner,
        KEY_PREFIX + str(ULID()),
        visitor=visitor,
        browser=device.browser,
        system=device.system,
        signed_in_at=device.signed_in_at,
        expires_at=device.expires_at,
    )


def sign_out(visitor: str) -> None:
    if session := _find_session(visitor):
        session.delete()
        owner = visitor_key(customer_id(session.email))
        DeviceSession(owner, KEY_PREFIX + session.device_session_id).delete()


def _absolute_expiry(session: Session) -> datetime:
    return session.signed_in_at + lifetime_of(session.email).absolute_timeout


def _end(device: DeviceSession) -> None:
    """Delete the session first: a crash in between leaves a device row without a session."""
    Session(visitor_key(device.visitor), "session").delete()
    device.delete()


def _device_sessions(email: str) -> Iterator[DeviceSession]:
    owner = visitor_key(customer_id(email))
    prefix = DeviceSession.part.startswith(KEY_PREFIX)
    return iter(DeviceSession.query(owner, prefix, consistent_read=True))


def _find_session(visitor: str) -> Session | None:
    try:
        return Session.get(visitor_key(visitor), "session", consistent_read=True)
    except DoesNotExist:
        return None


def _active_session(device: DeviceSession, session: Session) -> ActiveSession:
    return ActiveSession(
        id=device.part.removeprefix(KEY_PREFIX),
        visitor=device.visitor,
        browser=Browser(device.browser, device.system),
        signed_in_at=device.signed_in_at,
        last_seen_at=session.last_seen_at or session.signed_in_at,
    )
