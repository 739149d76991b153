"""Runs each scenario once per crash point: a function crashes before or after one of its AWS calls.

A crash point is a call of the run without crashes, and whether the function crashes before or after
it. An invocation whose calls equal those of an earlier scenario's invocation is not tried again. A
pair is a crash point and a second crash at a later call of that run, recovery included.

Not every pair leads to different rows: a function that crashes after a read, or before its next
call, leaves what the last write left. So `--pairs` tries each invocation before its first
call and after each write, and of the invocations of a run with equal calls only the first. The
pairs that `make test` draws at random are drawn from all calls, as a check on this reduction.
Partial order reduction: https://en.wikipedia.org/wiki/Partial_order_reduction
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.simulation.simulator.admin_actions import ACTIONS
from tests.simulation.simulator.campaign import process_pool
from tests.simulation.simulator.crash_runs import CrashRun, Scenario
from tests.simulation.simulator.crashes import Crash, RecordedCall
from tests.simulation.simulator.retention_runs import RETENTION
from tests.simulation.simulator.return_runs import RETURN
from tests.simulation.simulator.scenarios import ORDER_SCENARIOS
from tests.simulation.simulator.uploads import UPLOADS

NO_PAIRS, ALL_PAIRS = 0, -1
SCENARIOS: tuple[Scenario, ...] = (*ORDER_SCENARIOS, *ACTIONS, *UPLOADS, RETENTION, RETURN)
ANY_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
READS = frozenset(
    [
        "BatchGetItem",
        "GetItem",
        "GetObject",
        "GetSecretValue",
        "HeadObject",
        "Query",
    ]
)


@dataclass
class CrashSummary:
    """The results of many crash runs. ``failures`` maps a run's name to its violations."""

    points: Counter[str] = field(default_factory=Counter)  # by the function that crashed
    pairs: int = 0
    emails_resent: int = 0
    failures: dict[str, tuple[str, ...]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)  # of the traces of failed runs

    @property
    def progress(self) -> int:
        return self.points.total()

    def add(self, other: "CrashSummary") -> None:
        self.points += other.points
        self.pairs += other.pairs
        self.emails_resent += other.emails_resent
        self.failures |= other.failures
        self.digests |= other.digests

    def lines(self) -> Iterator[str]:
        tried = self.points.total()
        failed = len({name for name in self.failures if name.count("/") == 1})
        yield f"crash points {tried}, recovered {tried - failed}"
        if self.pairs:
            yield f"pairs {self.pairs}, recovered {self.pairs - len(self.failures) + failed}"
        yield ", ".join(f"{name} {times}" for name, times in self.points.most_common())
        yield f"emails sent again after a crash before they were marked sent: {self.emails_resent}"
        for name, violations in sorted(self.failures.items()):
            yield f"{name}: " + "; ".join(violations[:3])
            yield f"  reproduce with: shop replay {name} (trace {self.digests[name]})"


@dataclass(frozen=True)
class Task:
    """One crash point of a scenario.

    ``pairs`` second crashes are drawn by ``seed``; ``ALL_PAIRS`` are those with different results.
    """

    scenario: Scenario
    crash: Crash
    pairs: int
    seed: int = 1

    def run(self) -> CrashSummary:
        summary = CrashSummary()
        calls, function = self._run_with(summary, (self.crash,))
        summary.points[function] += 1
        for second in self._second_crashes(calls):
            self._run_with(summary, (self.crash, second))
            summary.pairs += 1
        return summary

    def _second_crashes(self, calls: Sequence[RecordedCall]) -> list[Crash]:
        if self.pairs == ALL_PAIRS:
            return [crash for crash in distinct_crashes(calls) if crash.call > self.crash.call]
        later = range(self.crash.call + 1, len(calls) + 1)
        every = [Crash(call, when) for call in later for when in ("before", "after")]
        random = Random(f"{self.seed} {self.crash} {self.scenario.name}")
        return random.sample(every, min(self.pairs, len(every)))

    def _run_with(
        self, summary: CrashSummary, crashes: tuple[Crash, ...]
    ) -> tuple[Sequence[RecordedCall], str]:
        """The calls of the run, and the function that crashed first."""
        crash_run = self.scenario.with_crashes(crashes)
        if violations := crash_run.find_violations():
            name = run_name(self.scenario, crashes)
            summary.failures[name] = violations
            summary.digests[name] = crash_run.result().digest
        summary.emails_resent += len(crash_run.cloud.snapshot().may_duplicate)
        calls = crash_run.faults.calls
        return calls, calls[crashes[0].call - 1].function


def find_crash_points(scenario: Scenario, known: set[str]) -> Iterator[Crash]:
    """The crash points of invocations that are not in ``known``; adds them to it."""
    crash_run = scenario.with_crashes()
    violations = crash_run.find_violations()
    assert not violations, (scenario.name, violations)
    by_invocation = describe_invocations(crash_run.faults.calls)
    fresh = {number for number, calls in by_invocation.items() if calls not in known}
    known.update(by_invocation.values())
    for number, call in enumerate(crash_run.faults.calls, 1):
        if call.invocation in fresh:
            yield Crash(number, "before")
            yield Crash(number, "after")


def describe_invocations(calls: Iterable[RecordedCall]) -> dict[int, str]:
    """The calls of each invocation as one text, without ids."""
    by_invocation: dict[int, list[str]] = defaultdict(list)
    for call in calls:
        described = f"{call.function}: {ANY_ID.sub('', call.description)}"
        by_invocation[call.invocation].append(described)
    return {number: "; ".join(described) for number, described in by_invocation.items()}


def distinct_crashes(calls: Sequence[RecordedCall]) -> Iterator[Crash]:
    """Before the first call and after each write of every invocation whose calls are new."""
    first_alike: dict[str, int] = {}
    for invocation, described in describe_invocations(calls).items():
        first_alike.setdefault(described, invocation)
    chosen, begun = set(first_alike.values()), set[int]()
    for number, call in enumerate(calls, 1):
        if call.invocation not in chosen:
            continue
        if call.invocation not in begun:
            begun.add(call.invocation)
            yield Crash(number, "before")
        if call.description.split()[0] not in READS:
            yield Crash(number, "after")


def unique_tasks(scenarios: Iterable[Scenario], *, pairs: int = NO_PAIRS) -> list[Task]:
    """Each crash point once, even if several scenarios contain the same invocation."""
    known: set[str] = set()
    return [
        Task(scenario, crash, pairs)
        for scenario in scenarios
        for crash in find_crash_points(scenario, known)
    ]


def all_tasks(scenarios: Iterable[Scenario]) -> list[Task]:
    """Every call of every scenario, also where two scenarios contain the same invocation."""
    return [
        Task(scenario, crash, NO_PAIRS)
        for scenario in scenarios
        for crash in find_crash_points(scenario, set())
    ]


def pair_tasks(scenarios: Iterable[Scenario]) -> list[Task]:
    """Every pair of crashes of every scenario, those with equal results once."""
    tasks: list[Task] = []
    for scenario in scenarios:
        crash_run = scenario.with_crashes()
        crash_run.run()
        crashes = distinct_crashes(crash_run.faults.calls)
        tasks += [Task(scenario, crash, ALL_PAIRS) for crash in crashes]
    return tasks


def run_tasks(tasks: Sequence[Task], *, processes: int) -> Iterator[CrashSummary]:
    """The summary so far, each time that another task has finished."""
    summary = CrashSummary()
    with process_pool(processes) as pool:
        for finished in pool.map(Task.run, tasks):
            summary.add(finished)
            yield summary


def run_name(scenario: Scenario, crashes: Iterable[Crash]) -> str:
    """The name that `shop replay` accepts: ``an-order-is-shipped/before-17/after-20``."""
    return "/".join([slug_of(scenario), *(f"{crash.when}-{crash.call}" for crash in crashes)])


def slug_of(scenario: Scenario) -> str:
    return re.sub(r"\W+", "-", scenario.name)


def find_run(name: str) -> CrashRun:
    slug, *crashes = name.split("/")
    (scenario,) = (scenario for scenario in SCENARIOS if slug_of(scenario) == slug)
    return scenario.with_crashes([_parse_crash(crash) for crash in crashes])


def _parse_crash(text: str) -> Crash:
    when, _, call = text.partition("-")
    return Crash(int(call), "before" if when == "before" else "after")
