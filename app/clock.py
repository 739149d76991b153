"""What time it is: read at the doors and nowhere else; rules are handed the moment as ``now``."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

type Clock = Callable[[], datetime]


def _by_the_wall() -> datetime:
    return datetime.now(UTC)


_clock: ContextVar[Clock] = ContextVar("clock", default=_by_the_wall)


def now() -> datetime:
    return _clock.get()()


@contextmanager
def going_by(clock: Clock) -> Iterator[None]:
    """For a while, in this context only, another clock is looked at."""
    before = _clock.set(clock)
    try:
        yield
    finally:
        _clock.reset(before)
