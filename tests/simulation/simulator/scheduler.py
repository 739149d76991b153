"""The simulator's scheduler: a virtual clock, and functions that switch at every AWS call.

Each function runs in a greenlet. Two functions interleave at AWS calls and nowhere else, in an
order that the seed decides.
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
from tests.crash_injection import SimulatedCrash

type Callback = Callable[[], object]


@dataclass(order=True, slots=True)
class _Timer:
    at: datetime
    tie_break: float
    number: int
    callback: Callback = field(compare=False)
    background: bool = field(compare=False)  # the simulation may end while only these are left


@dataclass(frozen=True)
class Outcome:
    """How an invocation ended: an answer, or the name of an error."""

    answer: Any = None
    error: str = ""

    def __str__(self) -> str:
        return self.error or str(self.answer)[:90]


class Invocation(greenlet):  # type: ignore[misc]
    """One invocation of one function. ``clock_skew`` is the error of its machine's clock.

    ``failed_at`` is when it last crashed, or a call failed for good. ``unanswered_at`` is when a
    call was executed and its response lost. ``before_execute`` runs just before a service executes
    a call of this invocation.
    """

    def __init__(
        self, scheduler: "Scheduler", name: str, function: Callback, seconds: float
    ) -> None:
        super().__init__(self._body, scheduler.main)
        self.scheduler, self.name, self._function = scheduler, name, function
        self.deadline = scheduler.now + timedelta(seconds=seconds)
        self.clock_skew = timedelta()
        self.crashed = False
        self.failed_at: datetime | None = None
        self.unanswered_at: datetime | None = None
        self.before_execute: Callback = lambda: None
        self.on_finish: Callable[[Outcome], object] = lambda _: None

    def _body(self) -> None:
        self.scheduler.running[self] = None
        outcome = self._outcome()
        self.scheduler.running.pop(self)
        self.scheduler.log(f"{self.name} ends: {outcome}")
        self.scheduler.after(0, lambda: self.on_finish(outcome))

    def _outcome(self) -> Outcome:
        try:
            with clock.use_clock(lambda: self.scheduler.now + self.clock_skew):
                return Outcome(self._function())
        except SimulatedCrash:
            return Outcome(error=SimulatedCrash.__name__)
        except Exception as error:
            return Outcome(error=type(error).__name__)

    def wait(self, seconds: float) -> None:
        """Let other functions run meanwhile. At its deadline the function is terminated."""
        remaining = (self.deadline - self.scheduler.now).total_seconds()
        self.scheduler.after(max(0.0, min(seconds, remaining)), self.switch)
        self.scheduler.main.switch()
        if self.scheduler.now >= self.deadline:
            self.scheduler.log(f"{self.name} has timed out")
            self.crash()

    def crash(self) -> NoReturn:
        """Terminate here. Any later AWS call, for example in a ``finally``, crashes again."""
        self.crashed = True
        self.fail()
        raise SimulatedCrash

    def fail(self) -> None:
        """Record that this invocation crashed, or that a call failed for good."""
        self.failed_at = self.scheduler.now

    def get_remaining_time_in_millis(self) -> int:
        return int((self.deadline - self.scheduler.now) / timedelta(milliseconds=1))


class Scheduler:
    """Timers and the virtual clock. ``trace`` lists everything that happened, in order."""

    def __init__(self, seed: int, start: datetime = NOON) -> None:
        self.start, self.now, self.random = start, start, Random(seed)
        self.running: dict[Invocation, None] = {}
        self.trace: list[str] = []
        self.main = getcurrent()
        self.stopped = False
        self._timers: list[_Timer] = []
        self._background_timers = 0
        self._numbers = count()

    def after(self, seconds: float, callback: Callback, *, background: bool = False) -> None:
        at = self.now + timedelta(seconds=seconds)
        self._background_timers += background
        timer = _Timer(at, self.random.random(), next(self._numbers), callback, background)
        heapq.heappush(self._timers, timer)

    def repeat_every(self, seconds: float, callback: Callback) -> None:
        def repeat() -> None:
            callback()
            self.after(seconds, repeat, background=True)

        self.after(seconds, repeat, background=True)

    def invoke(
        self, name: str, function: Callable[[Invocation], object], *, seconds: float = 30
    ) -> Invocation:
        """Start a function within 50 ms. Set ``on_finish`` to receive its outcome."""
        invocation = Invocation(self, name, lambda: function(invocation), seconds)
        self.after(self.random.uniform(0, 0.05), invocation.switch)
        return invocation

    @property
    def has_foreground_work(self) -> bool:
        return len(self._timers) > self._background_timers

    def run(self, until: datetime, *, is_quiescent: Callable[[], bool] | None = None) -> None:
        """Fire timers until that time, or until no work is left and ``is_quiescent`` agrees."""
        while not self.stopped and self._timers[0].at <= until:
            if is_quiescent and not self.has_foreground_work and is_quiescent():
                return
            timer = heapq.heappop(self._timers)
            self._background_timers -= timer.background
            self.now = max(self.now, timer.at)
            timer.callback()

    def close(self) -> None:
        """Terminate the functions that still run.

        Python would otherwise do so at a garbage collection, in the middle of a later simulation.
        """
        for invocation in list(self.running):
            invocation.crashed = True
            invocation.throw(SimulatedCrash)

    def log(self, what: str) -> None:
        self.trace.append(f"{(self.now - self.start).total_seconds():10.3f}  {what}")
