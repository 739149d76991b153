"""The stream of the orders table in several shards, read as the template's mapping defines."""

import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.simulation.simulator.dynamodb import Store, parameter, resources
from tests.simulation.simulator.faults import Faults
from tests.simulation.simulator.scheduler import Scheduler
from workers import publish

SHARDS = 3
SERVICE = "dynamodb"

type Record = dict[str, Any]


@dataclass
class _Batch:
    records: list[Record]
    read_at: datetime
    attempts: int = 0


@dataclass
class _Shard:
    """The records of some partitions. Batches of one shard are handled one at a time, in order."""

    waiting: list[_Batch] = field(default_factory=list)
    is_publishing: bool = False


class Stream:
    """Reads new records and invokes the publisher with them."""

    def __init__(self, store: Store, scheduler: Scheduler, faults: Faults) -> None:
        self._store, self._scheduler, self._faults = store, scheduler, faults
        (mapping,) = (
            properties
            for properties in resources("AWS::Lambda::EventSourceMapping").values()
            if "FilterCriteria" in properties
        )
        self._batch_size = parameter(mapping["BatchSize"])
        self._retries = parameter(mapping["MaximumRetryAttempts"])
        self._max_age = timedelta(seconds=parameter(mapping["MaximumRecordAgeInSeconds"]))
        self._position = 0
        self._shards = [_Shard() for _ in range(SHARDS)]
        self.is_silent = False

    def poll(self) -> None:
        """Read the new records of all shards, once the outage of the table is over."""
        if outage := self._faults.outage_of(SERVICE, self._scheduler.now):
            remaining = (outage.end - self._scheduler.now).total_seconds()
            self._scheduler.after(remaining, self.poll)
            return
        records = self._store.changes(self._position)
        self._position += len(records)
        events = [it for it in records if it["eventName"] == "INSERT" and _is_event(it)]
        for number, shard in enumerate(self._shards):
            self._add(shard, [it for it in events if _shard_of(it) == number])
            self._publish_next(shard)

    def _add(self, shard: _Shard, events: list[Record]) -> None:
        if events and self._faults.occurs("stream repeated"):
            events = events + events
        if events and not (self.is_silent and self._faults.occurs("stream silent", 1)):
            size, now = self._batch_size, self._scheduler.now
            shard.waiting += [
                _Batch(events[n : n + size], now) for n in range(0, len(events), size)
            ]

    def silence(self) -> None:
        """Lose all records until ``resume``."""
        self.is_silent = True

    def resume(self) -> None:
        self.is_silent = False

    def _publish_next(self, shard: _Shard) -> None:
        if not shard.waiting or shard.is_publishing:
            return
        batch = shard.waiting.pop(0)
        if self._scheduler.now - batch.read_at > self._max_age:
            self._publish_next(shard)
            return
        shard.is_publishing = True
        invocation = self._scheduler.invoke(
            "publish", lambda context: publish.handler({"Records": batch.records}, context)
        )
        invocation.clock_skew = self._faults.clock_skew()
        invocation.on_finish = lambda outcome: self._finish(
            shard, batch, failed=bool(outcome.error)
        )

    def _finish(self, shard: _Shard, batch: _Batch, *, failed: bool) -> None:
        """A failed batch is bisected, then retried, then dropped."""
        shard.is_publishing = False
        records, attempts = batch.records, batch.attempts
        if failed and len(records) > 1:
            half = len(records) // 2
            halves = records[:half], records[half:]
            shard.waiting[:0] = [_Batch(it, batch.read_at, attempts) for it in halves]
        elif failed and attempts < self._retries:
            shard.waiting.insert(0, _Batch(records, batch.read_at, attempts + 1))
        self._scheduler.after(0.2, lambda: self._publish_next(shard))


def _is_event(record: Record) -> bool:
    kind: str = record["dynamodb"]["NewImage"].get("kind", {}).get("S", "")
    return kind == "event"


def _shard_of(record: Record) -> int:
    """All records of one order are in one shard."""
    return zlib.crc32(record["dynamodb"]["Keys"]["order_id"]["S"].encode()) % SHARDS
