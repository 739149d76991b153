"""Counting what one request asks of the data store, for the log and for the curious."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter


@dataclass(frozen=True)
class Trip:
    """One call of the data store; ``table`` is empty when it went to several."""

    operation: str
    table: str
    ms: float


@dataclass
class Tally:
    """What was asked since ``started``; a retry inside the SDK is part of its call."""

    started: float = field(default_factory=perf_counter)
    trips: list[Trip] = field(default_factory=list)

    @property
    def ms(self) -> float:
        return (perf_counter() - self.started) * 1000

    @property
    def waited(self) -> float:
        return sum(trip.ms for trip in self.trips)


_current: ContextVar[Tally | None] = ContextVar("tally", default=None)


def start_counting() -> Tally:
    """From now on, for this request and the threads that work for it."""
    tally = Tally()
    _current.set(tally)
    return tally


def current_tally() -> Tally:
    """The tally of this request; an empty one where nobody counts."""
    return _current.get() or Tally()


@contextmanager
def counted(operation: str, table: str) -> Iterator[None]:
    """Count this call, however it ends."""
    started = perf_counter()
    try:
        yield
    finally:
        ms = (perf_counter() - started) * 1000
        current_tally().trips.append(Trip(operation, table, ms))
