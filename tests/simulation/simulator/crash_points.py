"""Runs each scenario once per crash point: a function crashes before or after one of its AWS calls.

A crash point is a call of the run without crashes, and whether the function crashes before or after
it. An invocation whose calls equal those of an earlier scenario's invocation is not tried again. A
pair is a crash point and a second crash at a later call of that run, recovery included.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.simulation.simulator.admin_actions import ACTIONS
from tests.simulation.simulator.campaign import process_pool
from tests.simulation.simulator.crash_runs import CrashRun, Scenario
from tests.simulation.simulator.crashes import Crash
from tests.simulation.simulator.retention_runs import RETENTION
from tests.simulation.simulator.return_runs import RETURN
from tests.simulation.simulator.scenarios import ORDER_SCENARIOS
from tests.simulation.simulator.uploads import UPLOADS

NO_PAIRS, ALL_PAIRS = 0, 10**9
SCENARIOS: tuple[Scenario, ...] = (*ORDER_SCENARIOS, *ACTIONS, *UPLOADS, RETENTION, RETURN)
ANY_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


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
    """One crash point of a scenario. ``pairs`` second crashes are drawn by ``seed``."""

    scenario: Scenario
    crash: Crash
    pairs: int
    seed: int = 1

    def run(self) -> CrashSummary:
        summary = CrashSummary()
        calls, function = self._run_with(summary, (self.crash,))
        summary.points[function] += 1
        second_crashes = [
            Crash(call, when)
            for call in range(self.crash.call + 1, calls + 1)
            for when in ("before", "after")
        ]
        if self.pairs < len(second_crashes):
            random = Random(f"{self.seed} {self.crash} {self.scenario.name}")
            second_crashes = random.sample(second_crashes, self.pairs)
        for second in second_crashes:
            self._run_with(summary, (self.crash, second))
            summary.pairs += 1
        return summary

    def _run_with(self, summary: CrashSummary, crashes: tuple[Crash, ...]) -> tuple[int, str]:
        """The number of calls of the run, and the function that crashed first."""
        crash_run = self.scenario.with_crashes(crashes)
        if violations := crash_run.find_violations():
            name = run_name(self.scenario, crashes)
            summary.failures[name] = violations
            summary.digests[name] = crash_run.result().digest
        summary.emails_resent += len(crash_run.cloud.snapshot().may_duplicate)
        calls = crash_run.faults.calls
        return len(calls), calls[crashes[0].call - 1].function


def find_crash_points(scenario: Scenario, known: set[str]) -> Iterator[Crash]:
    """The crash points of invocations that are not in ``known``; adds them to it."""
    crash_run = scenario.with_crashes()
    violations = crash_run.find_violations()
    assert not violations, (scenario.name, violations)
    by_invocation: dict[int, list[str]] = defaultdict(list)
    for call in crash_run.faults.calls:
        described = f"{call.function}: {ANY_ID.sub('', call.description)}"
        by_invocation[call.invocation].append(described)
    fresh = {number for number, calls in by_invocation.items() if "; ".join(calls) not in known}
    known.update("; ".join(calls) for calls in by_invocation.values())
    for number, call in enumerate(crash_run.faults.calls, 1):
        if call.invocation in fresh:
            yield Crash(number, "before")
            yield Crash(number, "after")


def unique_tasks(scenarios: Iterable[Scenario], *, pairs: int = NO_PAIRS) -> list[Task]:
    """Each crash point once, even if several scenarios contain the same invocation."""
    known: set[str] = set()
    return [
        Task(scenario, crash, pairs)
        for scenario in scenarios
        for crash in find_crash_points(scenario, known)
    ]


def all_tasks(scenarios: Iterable[Scenario], *, pairs: int = NO_PAIRS) -> list[Task]:
    """Every call of every scenario, also where two scenarios contain the same invocation."""
    return [
        Task(scenario, crash, pairs)
        for scenario in scenarios
        for crash in find_crash_points(scenario, set())
    ]


def run_tasks(tasks: Sequence[Task], *, processes: int) -> Iterator[CrashSummary]:
    """The summary so far, each time that another task has finished."""
    summary = CrashSummary()
    with process_pool(processes) as pool:
        for finished in pool.map(Task.run, tasks, chunksize=4):
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
