"""The current time, which entry points pass on as ``now``, and times and days in the shop's zone.

Times are stored and compared in UTC. A day without a time, such as that of an order number, is a
day in the shop's time zone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from app.settings import settings

type Clock = Callable[[], datetime]


def _system_time() -> datetime:
    return datetime.now(UTC)


_clock: ContextVar[Clock] = ContextVar("clock", default=_system_time)


def now() -> datetime:
    return _clock.get()()


def shop_zone() -> ZoneInfo:
    """The shop's time zone. Raises ``ValueError`` for a name that is not in the IANA database.

    Functions that need it call it when they start, so that a wrong name stops the deployment's
    first request and not the first order. https://www.iana.org/time-zones
    """
    name = settings().shop_time_zone
    try:
        return ZoneInfo(name)  # cached by the standard library
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(
            f"SHOP_TIME_ZONE is {name!r}: set an IANA time zone such as Europe/Berlin."
        ) from error


def shop_time(moment: datetime) -> datetime:
    """The moment in the shop's time zone."""
    return moment.astimezone(shop_zone())


def shop_day(moment: datetime) -> date:
    """The day of the moment in the shop's time zone."""
    return shop_time(moment).date()


def start_of_day(day: date) -> datetime:
    """When the day begins in the shop's time zone. It has 23 or 25 hours when clocks change."""
    return datetime.combine(day, time(), shop_zone())


@contextmanager
def use_clock(clock: Clock) -> Iterator[None]:
    """Replace the clock inside a ``with`` block, for the current context only."""
    token = _clock.set(clock)
    try:
        yield
    finally:
        _clock.reset(token)
