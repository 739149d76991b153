"""Virtual time, and functions that run in it; at each call of AWS one waits, and others go on.

A function runs in a greenlet, so that two of them meet at any call, in an order that the seed
decides, and nowhere else.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any, NoReturn

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]

from app import clock
from tests.builders import NOON
from tests.crash_injection import Died

type Act = Callable[[], object]


@dataclass(order=True)
class _Due:
    at: datetime
    place: float
    number: int
    act: Act = field(compare=False)
    lasting: bool = field(compare=False)  # comes again and again: no reason to wait for it


@dataclass(frozen=True)
class Outcome:
    """How a function ended: with an answer, or with an error's name; "Died" when it was killed."""

    answer: Any = None
    error: str = ""

    def __str__(self) -> str:
        return self.error or str(self.answer)[:90]


class Invocation(greenlet):  # type: ignore[misc]
    """One run of one function; ``skew`` is by how much its machine's clock is wrong."""

    def __init__(self, world: "World", name: str, run: Act, seconds: float) -> None:
        super().__init__(self._body, world.main)
        self.world, self.name, self._run = world, name, run
        self.ends = world.now + timedelta(seconds=seconds)
        self.skew = timedelta()
        self.killed = False
        self.then: Callable[[Outcome], object] = lambda _: None

    def _body(self) -> None:
        outcome = self._outcome()
        self.world.tell(f"{self.name} ends: {outcome}")
        self.world.ended(self, outcome)

    def _outcome(self) -> Outcome:
        try:
            with clock.going_by(lambda: self.world.now + self.skew):
                return Outcome(self._run())
        except Died:
            return Outcome(error="Died")
        except Exception as error:
            return Outcome(error=type(error).__name__)

    def wait(self, seconds: float) -> None:
        """Let others go on; at the function's time limit it is killed, wherever it is."""
        self.world.after(seconds, self.switch)
        self.world.main.switch()
        if self.world.now >= self.ends:
            self.world.tell(f"{self.name} has run out of time")
            self.die()

    def die(self) -> NoReturn:
        """Wherever it is. What its code does about that, in a ``finally``, reaches nobody."""
        self.killed = True
        raise Died

    def get_remaining_time_in_millis(self) -> int:
        return int((self.ends - self.world.now) / timedelta(milliseconds=1))


class World:
    """What is due, and the clock. ``story`` is everything that happened, in its order."""

    def __init__(self, seed: int) -> None:
        self.now, self.random = NOON, Random(seed)
        self.story: list[str] = []
        self.main = getcurrent()
        self.over = False
        self._due: list[_Due] = []
        self._lasting = 0
        self._numbers = count()

    def after(self, seconds: float, act: Act, *, lasting: bool = False) -> None:
        at = self.now + timedelta(seconds=seconds)
        self._lasting += lasting
        due = _Due(at, self.random.random(), next(self._numbers), act, lasting)
        heapq.heappush(self._due, due)

    def every(self, seconds: float, act: Act) -> None:
        def again() -> None:
            act()
            self.after(seconds, again, lasting=True)

        self.after(seconds, again, lasting=True)

    def call(
        self, name: str, run: Callable[[Invocation], object], *, seconds: float = 30
    ) -> Invocation:
        """Begin a run of a function; set ``then`` to be told how it ended."""
        invocation = Invocation(self, name, lambda: run(invocation), seconds)
        self.after(self.random.uniform(0, 0.05), invocation.switch)
        return invocation

    def ended(self, invocation: Invocation, outcome: Outcome) -> None:
        self.after(0, lambda: invocation.then(outcome))

    @property
    def busy(self) -> bool:
        return len(self._due) > self._lasting

    def run(self, until: datetime, *, at_rest: Callable[[], bool] | None = None) -> None:
        """Let happen what is due until then, or until nothing is under way any more."""
        while not self.over and self._due[0].at <= until:
            if at_rest and not self.busy and at_rest():
                return
            due = heapq.heappop(self._due)
            self._lasting -= due.lasting
            self.now = max(self.now, due.at)
            due.act()

    def tell(self, what: str) -> None:
        self.story.append(f"{(self.now - NOON).total_seconds():10.3f}  {what}")
