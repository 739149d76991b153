"""Calm weather in which functions die, at the calls that were chosen and nowhere else."""

from collections.abc import Collection
from dataclasses import dataclass
from random import Random
from typing import Literal

from greenlet import getcurrent  # type: ignore[import-untyped]

from tests.simulation.simulator.faults import NOTHING, Weather
from tests.simulation.simulator.world import Invocation

type When = Literal["before", "after"]


@dataclass(frozen=True)
class Death:
    """Before or after a call; all functions' calls are counted together, from 1."""

    call: int
    when: When

    def __str__(self) -> str:
        return f"{self.when} call {self.call}"


@dataclass(frozen=True)
class Made:
    """A call that was made: in which run of a function, and what it asked for."""

    run: int
    function: str
    what: str


class Deaths(Weather):
    """``calls`` are all that were made, in their order.

    The troubles that a story needs happen once each; "stream silent" lasts as long as the story.
    """

    def __init__(
        self, random: Random, deaths: Collection[Death], troubles: Collection[str]
    ) -> None:
        super().__init__(random)
        self.calls: list[Made] = []
        self.died: list[Death] = []
        self._runs: list[Invocation] = []
        self._deaths = {death.call: death for death in deaths}
        self._troubles = set(troubles)

    def at_a_call(self, call: str) -> str:
        run = getcurrent()
        if run not in self._runs:
            self._runs.append(run)
        self.calls.append(Made(self._runs.index(run), function_of(run.name), call))
        death = self._deaths.get(len(self.calls))
        if death is None:
            return NOTHING
        self.died.append(death)
        return self.note(f"died {death.when} a call")

    def strikes(self, kind: str, chance: float | None = None) -> bool:
        if kind == "stream silent":
            return kind in self._troubles
        if kind not in self._troubles:
            return False
        self._troubles.remove(kind)
        return True


def function_of(name: str) -> str:
    """Runs are named by their function, then by what they were about."""
    return name.partition(" ")[0]
