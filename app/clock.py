"""The current time. Entry points read it and pass it to the domain as ``now``."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

type Clock = Callable[[], datetime]


def _system_time() -> datetime:
    return datetime.now(UTC)


_clock: ContextVar[Clock] = ContextVar("clock", default=_system_time)


def now() -> datetime:
    return _clock.get()()


@contextmanager
def use_clock(clock: Clock) -> Iterator[None]:
    """Replace the clock inside a ``with`` block, for the current context only."""
    token = _clock.set(clock)
    try:
        yield
    finally:
        _clock.reset(token)
