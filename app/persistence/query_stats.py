"""Query stats: the DynamoDB calls of one request, for the access log and the debug panel."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter


@dataclass(frozen=True)
class DatabaseCall:
    """One call to DynamoDB. ``table`` is empty if the call used several tables."""

    operation: str
    table: str
    ms: float


@dataclass
class QueryStats:
    """The calls since ``started``. Retries inside the SDK are part of their call.

    ``round_trips`` counts calls after each other: parallel ones are one round trip.
    """

    started: float = field(default_factory=perf_counter)
    calls: list[DatabaseCall] = field(default_factory=list)
    round_trips: int = 0

    @property
    def elapsed_ms(self) -> float:
        return (perf_counter() - self.started) * 1000

    @property
    def database_ms(self) -> float:
        return sum(call.ms for call in self.calls)

    def add_call(self, call: DatabaseCall) -> None:
        self.calls.append(call)
        self.round_trips += 1

    def add_parallel(self, parts: Sequence["QueryStats"]) -> None:
        """Add the calls of parallel reads: they take as long as the longest."""
        for part in parts:
            self.calls.extend(part.calls)
        self.round_trips += max((part.round_trips for part in parts), default=0)


_current: ContextVar[QueryStats | None] = ContextVar("query_stats", default=None)


def start_query_stats() -> QueryStats:
    """Start recording for this request and for the threads that inherit its context."""
    stats = QueryStats()
    _current.set(stats)
    return stats


def current_query_stats() -> QueryStats:
    """The stats of the current request; new, empty stats outside of a request."""
    return _current.get() or QueryStats()


@contextmanager
def record_call(operation: str, table: str) -> Iterator[None]:
    """Record the duration of a call, whether it succeeds or fails."""
    started = perf_counter()
    try:
        yield
    finally:
        ms = (perf_counter() - started) * 1000
        current_query_stats().add_call(DatabaseCall(operation, table, ms))
