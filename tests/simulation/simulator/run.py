"""One play of the simulator: people, the weather, then calm; the auditor looks on all the while."""

import io
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from greenlet import getcurrent  # type: ignore[import-untyped]
from ulid import ULID

from app.aws import secrets
from app.catalog import catalog_cache
from app.verification import Breach, at_any_time, at_rest
from tests.fake_clouds import MERCHANT, told
from tests.simulation.simulator.buckets import MEDIA, UPLOADS
from tests.simulation.simulator.calls import Calls
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.dynamodb import the_store
from tests.simulation.simulator.faults import Weather
from tests.simulation.simulator.workflows import NUMBERS
from tests.simulation.simulator.world import Invocation, World
from workers import outbox_poller, reconcile

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
    "upload_bucket": UPLOADS,
    "media_bucket": MEDIA,
    "secret_name": "hearth-and-clay/links",
    "queue_url": "the one that the worker reads",
    "dead_letters_url": "the one behind it",
}


@dataclass(frozen=True)
class Result:
    """How a play went; ``story`` tells all of it."""

    faults: Counter[str]
    breaches: tuple[Breach, ...]
    story: tuple[str, ...]
    orders: Counter[str]
    calls: int


class _Lines(io.TextIOBase):
    """What functions write to their log, line by line."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, text: str) -> int:
        self._lines += text.splitlines()
        return len(text)


class Play:
    """What all plays have in common; each says who comes, and what happens before it is calm."""

    def __init__(self, seed: int) -> None:
        self.world = World(seed)
        self.weather = self.weather_of(self.world)
        self.cloud = Cloud(the_store(), self.world, self.weather)
        self.cloud.watched = self._look
        self.breaches: list[Breach] = []

    def weather_of(self, world: World) -> Weather:
        return Weather(world.random)

    def begin(self) -> None:
        """What is there before the first fault."""
        raise NotImplementedError

    def storm(self) -> None:
        """What happens until calm comes."""

    def played(self) -> Result:
        """The same seed is the same play, call by call."""
        with self._taken_over():
            self._play()
        return self.result()

    def result(self) -> Result:
        orders = Counter(row["status"] for row in self.cloud.books().placed.values())
        story, breaches = tuple(self.world.story), tuple(self.breaches)
        return Result(self.weather.happened, breaches, story, orders, self._calls.made)

    @contextmanager
    def _taken_over(self) -> Iterator[None]:
        """Whatever in this process is chance, time or the outside world comes from the play."""
        self._calls = Calls(self.weather, self.cloud.services)
        secrets.secret.cache_clear()
        with (
            told(**SETTINGS),
            self._calls.taken_over(),
            _by_chance(self.world),
            redirect_stderr(_Lines(self.cloud.said)),
        ):
            yield

    def _play(self) -> None:
        the_store().clear()
        catalog_cache.forget()
        self.begin()
        self._clockwork()
        self.storm()
        self.world.run(self.world.now + REST_WITHIN, at_rest=self.quiet)
        self._look()
        if not self.breaches:
            self.breaches += at_rest(self.cloud.books())

    def _look(self) -> None:
        self.breaches += at_any_time(self.cloud.books())
        self.world.over = bool(self.breaches)

    def _clockwork(self) -> None:
        self.world.every(60, lambda: self._schedule("sweep", outbox_poller.handler))
        self.world.every(300, lambda: self._schedule("reconcile", reconcile.handler))
        self.world.every(300, self.cloud.redrive)

    def _schedule(self, name: str, handler: Any) -> None:
        if self._needed(name):
            self.world.call(name, lambda context: handler({}, context)).skew = self.weather.skew()

    def _needed(self, name: str) -> bool:
        """Nothing is pending, or open: then the run would find nothing."""
        rows = self.cloud.store.rows("orders")
        return any(row.get("pending" if name == "sweep" else "open_shard") for row in rows)

    def quiet(self) -> bool:
        """Nothing is left to do: at rest, or at what will never be."""
        return not (self._needed("sweep") or self._needed("reconcile") or self.cloud.has_mail)


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
    ULID.from_timestamp(0.0)  # of two ids of one moment the second follows from the first
    random.seed(world.random.random())
    try:
        yield
    finally:
        os.urandom, time.time_ns, time.sleep = before[:3]
        random.setstate(before[3])
