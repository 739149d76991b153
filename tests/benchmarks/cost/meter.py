"""The meter: counts of everything that AWS bills, and writes by partition."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields

from infra.local.dynamodb_units import RowUnits

# A function's duration cannot be counted, so it is assumed for both designs: a base plus the time
# of an AWS call from inside AWS's network on a warm connection.
BASE_SECONDS, CALL_SECONDS = 0.005, 0.006
# What Lambda logs for each invocation of a function with the text log format.
PLATFORM_LINES = (
    "START RequestId: 5f0c3fbd-92f1-4f0e-8b0d-0123456789ab Version: $LATEST\n"
    "END RequestId: 5f0c3fbd-92f1-4f0e-8b0d-0123456789ab\n"
    "REPORT RequestId: 5f0c3fbd-92f1-4f0e-8b0d-0123456789ab\tDuration: 42.42 ms\t"
    "Billed Duration: 43 ms\tMemory Size: 512 MB\tMax Memory Used: 102 MB\t\n"
)


@dataclass(frozen=True)
class HotPartition:
    """A partition of a table or an index, with its number of writes."""

    name: str
    key: str
    writes: int


@dataclass
class Meter:
    """Counts by unit of the price list, write units by table, and writes by partition.

    ``rows`` lists what every call cost, for a meter that records it.
    """

    counts: Counter[str] = field(default_factory=Counter)
    tables: Counter[str] = field(default_factory=Counter)
    writes_by_key: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    rows: list[RowUnits] | None = None

    def add(self, unit: str, number: float = 1) -> None:
        self.counts[unit] += number  # type: ignore[assignment]

    def add_invocation(self, *, megabytes: int, calls: int, logged: int) -> None:
        self.add("function_requests")
        self.add("gb_seconds", megabytes / 1024 * (BASE_SECONDS + calls * CALL_SECONDS))
        self.add("log_bytes", len(PLATFORM_LINES) + logged)

    def per(self, number: int) -> dict[str, float]:
        return {unit: count / number for unit, count in self.counts.items()}

    @contextmanager
    def separate(self, *, records_rows: bool = False) -> Iterator["Meter"]:
        """Count on a separate meter inside the block."""
        inside = Meter(rows=[] if records_rows else None)
        before = {it.name: getattr(self, it.name) for it in fields(self)}
        self.__dict__.update({it.name: getattr(inside, it.name) for it in fields(self)})
        try:
            yield inside
        finally:
            self.__dict__.update(before)

    def add_all(self, other: "Meter") -> None:
        self.counts += other.counts
        self.tables += other.tables
        for name, keys in other.writes_by_key.items():
            self.writes_by_key[name] += keys

    def hottest_partition(self) -> "HotPartition":
        """The partition with the most writes of all tables and indexes."""
        name = max(self.writes_by_key, key=lambda it: max(self.writes_by_key[it].values()))
        ((key, times),) = self.writes_by_key[name].most_common(1)
        return HotPartition(name, key, times)
