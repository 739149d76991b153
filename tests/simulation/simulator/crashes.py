"""Crashes at chosen AWS calls, and no other faults."""

from collections.abc import Collection
from dataclasses import dataclass
from random import Random
from typing import Literal

from greenlet import getcurrent  # type: ignore[import-untyped]

from tests.simulation.simulator.faults import NO_FAULT, Faults
from tests.simulation.simulator.scheduler import Invocation

type When = Literal["before", "after"]


@dataclass(frozen=True)
class Crash:
    """Before or after a call. The calls of all functions are numbered together, from 1."""

    call: int
    when: When

    def __str__(self) -> str:
        return f"{self.when} call {self.call}"


@dataclass(frozen=True)
class RecordedCall:
    """A call that was made: by which invocation, of which function, and what it requested."""

    invocation: int
    function: str
    description: str


class PlannedCrashes(Faults):
    """Crashes at the planned calls. ``calls`` are all calls so far, in order.

    Each fault that a scenario requires happens once; "stream silent" lasts for the whole scenario.
    """

    def __init__(
        self, random: Random, crashes: Collection[Crash], required_faults: Collection[str]
    ) -> None:
        super().__init__(random)
        self.calls: list[RecordedCall] = []
        self.crashed: list[Crash] = []
        self._invocations: dict[Invocation, int] = {}
        self._crash_at = {crash.call: crash for crash in crashes}
        self._required_faults = set(required_faults)

    def draw_call_fault(self, call: str) -> str:
        invocation = getcurrent()
        number = self._invocations.setdefault(invocation, len(self._invocations))
        self.calls.append(RecordedCall(number, function_of(invocation.name), call))
        crash = self._crash_at.get(len(self.calls))
        if crash is None:
            return NO_FAULT
        self.crashed.append(crash)
        return self.record(f"crashed {crash.when} a call")

    def occurs(self, kind: str, chance: float | None = None) -> bool:
        if kind == "stream silent":
            return kind in self._required_faults
        if kind not in self._required_faults:
            return False
        self._required_faults.remove(kind)
        return True


def function_of(invocation_name: str) -> str:
    """The function's name, which an invocation's name begins with."""
    return invocation_name.partition(" ")[0]
