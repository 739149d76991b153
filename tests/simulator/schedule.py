"""One schedule: by its seed some people, some weather, then calm; the auditor looks on."""

import io
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from typing import Any

from greenlet import getcurrent  # type: ignore[import-untyped]

from app.aws import secrets
from app.catalog import browsing
from app.payments.pretend import Mood
from app.shipping.pretend import MOOD, ParcelRow
from infra.audit import Breach, at_any_time, at_rest
from tests.builders import NOON
from tests.clouds import MERCHANT, told
from tests.simulator.calls import Calls
from tests.simulator.cloud import Cloud
from tests.simulator.people import People
from tests.simulator.store import Store
from tests.simulator.weather import Weather
from tests.simulator.workflows import NUMBERS
from tests.simulator.world import Act, Invocation, World
from workers import reconcile, sweep

STORM = timedelta(minutes=20)
REST_WITHIN = timedelta(hours=6)
SETTINGS = {
    "packing_seconds": "120",
    "review_seconds": str(NUMBERS["ReviewSeconds"]),
    "patience_seconds": "300",
    "provider_outage_seconds": "60",
    "merchant_emails": MERCHANT,
    "mail_from": "letters@hearth.example",
    "topic_arn": "arn:aws:sns:eu-central-1:000000000000:hearth-and-clay-events",
    "workflow_arn": "arn:aws:states:eu-central-1:000000000000:stateMachine:fulfil-order",
    "secret_name": "hearth-and-clay/links",
    "queue_url": "the one that the worker reads",
    "dead_letters_url": "the one behind it",
}


@dataclass(frozen=True)
class Result:
    """How a schedule went; ``story`` tells all of it."""

    seed: int
    faults: Counter[str]
    breaches: tuple[Breach, ...]
    story: tuple[str, ...]
    orders: Counter[str]
    calls: int


def play(seed: int) -> Result:
    """The same seed is the same schedule, call by call."""
    schedule = _Schedule(seed)
    with schedule.taken_over():
        schedule.play()
    return schedule.result()


class _Lines(io.TextIOBase):
    """What functions write to their log, line by line."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, text: str) -> int:
        self._lines += text.splitlines()
        return len(text)


@cache
def _store() -> Store:
    return Store()


class _Schedule:
    def __init__(self, seed: int) -> None:
        self.seed, self.world = seed, World(seed)
        self.weather = Weather(self.world.random)
        self.cloud = Cloud(_store(), self.world, self.weather)
        self.cloud.watched = self.look
        self.breaches: list[Breach] = []

    @contextmanager
    def taken_over(self) -> Iterator[None]:
        """Whatever in this process is chance, time or the outside world comes from the schedule."""
        self.calls = Calls(self.weather, self.cloud.services)
        secrets.secret.cache_clear()
        with (
            told(**SETTINGS),
            self.calls.taken_over(),
            _by_chance(self.world),
            redirect_stderr(_Lines(self.cloud.said)),
        ):
            yield

    def play(self) -> None:
        _store().clear()
        browsing.forget()
        self.weather.calm = True
        People(self.cloud).come()
        self.weather.calm = False
        self._clockwork()
        self._moods()
        self.world.run(NOON + STORM)
        self._calm_down()
        self.world.run(NOON + STORM + REST_WITHIN, at_rest=self._quiet)
        self.look()
        if not self.breaches:
            self.breaches += at_rest(self.cloud.books())

    def look(self) -> None:
        self.breaches += at_any_time(self.cloud.books())
        self.world.over = bool(self.breaches)

    def _clockwork(self) -> None:
        self.world.every(60, lambda: self._schedule("sweep", sweep.handler))
        self.world.every(300, lambda: self._schedule("reconcile", reconcile.handler))
        self.world.every(300, self.cloud.redrive)

    def _schedule(self, name: str, handler: Any) -> None:
        if self._needed(name):
            self.world.call(name, lambda context: handler({}, context)).skew = self.weather.skew()

    def _needed(self, name: str) -> bool:
        """Nothing is pending, or open: then the run would find nothing."""
        rows = self.cloud.store.rows("orders")
        return any(row.get("pending" if name == "sweep" else "open_shard") for row in rows)

    def _moods(self) -> None:
        """For a while provider or carrier misbehave towards all, or the stream stands still."""
        for kind, (begin, end) in self._troubles().items():
            if self.weather.strikes(kind, 0.3):
                start = self.world.random.uniform(0, 300)
                self.world.after(start, begin, lasting=True)
                self.world.after(start + self.world.random.uniform(30, 400), end, lasting=True)
        for name in self.world.random.sample(list(self.cloud.queues), 2):
            if self.world.random.random() < 0.3:
                self.world.after(
                    self.world.random.uniform(0, 600), partial(self.cloud.put_poison, name)
                )

    def _troubles(self) -> dict[str, tuple[Act, Act]]:
        provider = ("pm_provider_down", "pm_times_out_after_capture", "pm_declined")
        method = self.world.random.choice(provider)
        stream = self.cloud.stream
        return {
            f"provider: {method}": (Mood(MOOD, method=method).save, Mood(MOOD).delete),
            "carrier silent": (ParcelRow(MOOD).save, ParcelRow(MOOD).delete),
            "stream silent": (stream.fall_silent, stream.speak),
        }

    def _calm_down(self) -> None:
        self.weather.calm = True
        Mood(MOOD).delete()
        ParcelRow(MOOD).delete()
        self.cloud.stream.speak()
        self.world.tell("-- the weather is calm from now on --")

    def _quiet(self) -> bool:
        """Nothing is left to do: at rest, or at what will never be."""
        return not (self._needed("sweep") or self._needed("reconcile") or self.cloud.has_mail)

    def result(self) -> Result:
        orders = Counter(row["status"] for row in self.cloud.books().placed.values())
        story = tuple(self.world.story)
        return Result(
            self.seed, self.weather.happened, tuple(self.breaches), story, orders, self.calls.made
        )


@contextmanager
def _by_chance(world: World) -> Iterator[None]:
    """Random bytes, the time in ids and pauses: all by the world's seed and clock."""
    before = os.urandom, time.time_ns, time.sleep, random.getstate()
    asleep = time.sleep

    def sleep(seconds: float) -> None:
        run = getcurrent()
        run.wait(seconds) if isinstance(run, Invocation) else asleep(seconds)

    os.urandom = world.random.randbytes
    time.time_ns = lambda: int(world.now.timestamp() * 1000) * 1_000_000
    time.sleep = sleep  # type: ignore[assignment]
    random.seed(world.random.random())
    try:
        yield
    finally:
        os.urandom, time.time_ns, time.sleep = before[:3]
        random.setstate(before[3])
