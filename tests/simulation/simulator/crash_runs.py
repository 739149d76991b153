"""Simulations with crashes at chosen calls; the result must equal that of a run without crashes."""

from collections.abc import Collection, Iterator
from typing import Protocol

from tests.simulation.simulator.crashes import Crash, PlannedCrashes
from tests.simulation.simulator.faults import Faults
from tests.simulation.simulator.run import Result, Simulation
from tests.simulation.simulator.scheduler import Scheduler

SEED = 4


class CrashRun(Simulation):
    """``faults.calls`` are the calls so far, ``faults.crashed`` the crashes that happened."""

    faults: PlannedCrashes

    def __init__(
        self, crashes: Collection[Crash] = (), required_faults: Collection[str] = ()
    ) -> None:
        self.crashes, self._required_faults = crashes, required_faults
        super().__init__(SEED)

    def make_faults(self, scheduler: Scheduler) -> Faults:
        return PlannedCrashes(scheduler.random, self.crashes, self._required_faults)

    def find_violations(self) -> tuple[str, ...]:
        """Run, then list broken invariants, unexpected results and crashes that never happened."""
        result = self.run()
        violations = [*map(str, result.violations), *self.unexpected_results(result)]
        if len(self.faults.crashed) != len(self.crashes):
            violations.append(f"crashed only at {[str(crash) for crash in self.faults.crashed]}")
        return tuple(violations)

    def unexpected_results(self, result: Result) -> Iterator[str]:
        raise NotImplementedError


class Scenario(Protocol):
    """A sequence of events that can be simulated with crashes or without."""

    @property
    def name(self) -> str: ...

    def with_crashes(self, crashes: Collection[Crash] = ()) -> CrashRun: ...

    def __hash__(self) -> int: ...
