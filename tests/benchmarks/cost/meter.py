"""The meter: what AWS would bill, and which keys are written most."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

# A function's time cannot be counted, so it is assumed, for both designs alike: so much of its own,
# and so much for each call of AWS, as seen from inside AWS's network on a warm connection.
OWN_SECONDS, CALL_SECONDS = 0.005, 0.006
# What the Lambda platform writes about each invocation of a function that logs as text.
PLATFORM_LINES = (
    "START RequestId: 5f0c3fbd-92f1-4f0e-8b0d-0123456789ab Version: $LATEST\n"
    "END RequestId: 5f0c3fbd-92f1-4f0e-8b0d-0123456789ab\n"
    "REPORT RequestId: 5f0c3fbd-92f1-4f0e-8b0d-0123456789ab\tDuration: 42.42 ms\t"
    "Billed Duration: 43 ms\tMemory Size: 512 MB\tMax Memory Used: 102 MB\t\n"
)


@dataclass(frozen=True)
class Hottest:
    """A partition of a table or an index, and how often it was written."""

    name: str
    key: str
    times: int


@dataclass
class Meter:
    """Counts by the units' names in the price table; write units by table; writes by partition."""

    counts: Counter[str] = field(default_factory=Counter)
    tables: Counter[str] = field(default_factory=Counter)
    written: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, unit: str, number: float = 1) -> None:
        self.counts[unit] += number  # type: ignore[assignment]

    def add_invocation(self, *, megabytes: int, calls: int, logged: int) -> None:
        self.add("function_requests")
        self.add("gb_seconds", megabytes / 1024 * (OWN_SECONDS + calls * CALL_SECONDS))
        self.add("log_bytes", len(PLATFORM_LINES) + logged)

    def per(self, number: int) -> dict[str, float]:
        return {unit: count / number for unit, count in self.counts.items()}

    @contextmanager
    def apart(self) -> Iterator["Meter"]:
        """Count what happens in the block apart from the rest."""
        before = self.counts, self.tables, self.written
        self.counts, self.tables, self.written = Counter(), Counter(), defaultdict(Counter)
        inside = Meter(self.counts, self.tables, self.written)
        try:
            yield inside
        finally:
            self.counts, self.tables, self.written = before

    def take_in(self, other: "Meter") -> None:
        self.counts += other.counts
        self.tables += other.tables
        for name, keys in other.written.items():
            self.written[name] += keys

    def hottest(self) -> "Hottest":
        """The partition that most writes go to, of all tables and indexes."""
        name = max(self.written, key=lambda it: max(self.written[it].values()))
        ((key, times),) = self.written[name].most_common(1)
        return Hottest(name, key, times)
