"""Searches: where the simulator looks for a planted bug, until it finds one of the rules broken."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import pytest

from tests.simulation.simulator import actors
from tests.simulation.simulator.crash_runs import Scenario
from tests.simulation.simulator.crashes import Crash
from tests.simulation.simulator.outage_runs import OUTAGE_SCENARIOS
from tests.simulation.simulator.providers import LATE_CAPTURE
from tests.simulation.simulator.schedule import RandomSchedule
from tests.simulation.simulator.workflows import FUNCTIONS

MAX_SCHEDULES = 60

type Violations = Iterator[tuple[str, ...]]  # of one run after another
type Plant = Callable[[pytest.MonkeyPatch], None]
type Search = Callable[[], Violations]


@dataclass(frozen=True)
class PlantedBug:
    """``rules`` are the rules of which at least one must be broken."""

    plant: Plant
    rules: frozenset[str]
    search: Search

    @property
    def name(self) -> str:
        return self.plant.__name__.replace("_", " ")

    def find(self) -> str:
        """The first violation of one of the rules, or "" if the search finds none."""
        for violations in self.search():
            for violation in violations:
                if violation.split(" ")[0] in self.rules:
                    return violation
        return ""


@dataclass
class Registry:
    """All bugs of a module, by the decorator of the function that plants it."""

    bugs: list[PlantedBug] = field(default_factory=list)

    def found_by(self, search: Search, *rules: str) -> Callable[[Plant], Plant]:
        def register(plant: Plant) -> Plant:
            self.bugs.append(PlantedBug(plant, frozenset(rules), search))
            return plant

        return register


def schedules(
    *,
    first: int = 1,
    always: Iterable[str] = (),
    method: str = "",
    second_submit: str = "",
    cancelled_during: str = "",
) -> Search:
    """Random schedules in which the named faults, payment method, submit or cancel always occur."""

    def search() -> Violations:
        with pytest.MonkeyPatch.context() as patch:
            if method:
                patch.setattr(actors, "PAYMENT_METHODS", {method: method})
            if second_submit:
                patch.setattr(actors, "SECOND_SUBMITS", (second_submit,) * 20)
            if cancelled_during:
                steps = dict.fromkeys(FUNCTIONS, 0.0)
                patch.setattr(actors, "INTERFERENCE_RATES", steps | {cancelled_during: 1.0})
            for seed in range(first, first + MAX_SCHEDULES):
                schedule = FocusedSchedule(seed, frozenset(always))
                yield tuple(map(str, schedule.run().violations))

    return search


class FocusedSchedule(RandomSchedule):
    def __init__(self, seed: int, always: frozenset[str]) -> None:
        super().__init__(seed)
        occurs = self.faults.occurs

        def occurs_or_must(kind: str, chance: float | None = None) -> bool:
            return occurs(kind, 1.0 if kind in always else chance)

        self.faults.occurs = occurs_or_must  # type: ignore[method-assign]


def late_captures() -> Search:
    return schedules(always=[LATE_CAPTURE], method="pm_declined")


def outage(name: str) -> Search:
    """One outage of the table of named outages."""

    def search() -> Violations:
        (scenario,) = (it for it in OUTAGE_SCENARIOS if it.name == name)
        yield scenario.run().violations

    return search


def crashes_of(function: str, scenario: Scenario) -> Search:
    """A crash before and after each call that one function makes in this scenario."""

    def search() -> Violations:
        crash_run = scenario.with_crashes()
        crash_run.run()
        for number, call in enumerate(crash_run.faults.calls, 1):
            if call.function == function:
                for when in ("before", "after"):
                    yield scenario.with_crashes([Crash(number, when)]).find_violations()

    return search
