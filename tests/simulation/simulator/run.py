"""One simulation: a fault phase, then recovery, with the invariants checked after every write."""

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
from app.verification import Violation, check_invariants, check_settled
from tests.fake_clouds import MERCHANT, override_settings
from tests.simulation.simulator.buckets import MEDIA, UPLOADS
from tests.simulation.simulator.calls import Calls
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.dynamodb import shared_store
from tests.simulation.simulator.faults import Faults
from tests.simulation.simulator.scheduler import Invocation, Scheduler
from tests.simulation.simulator.workflows import PARAMETERS
from workers import outbox_poller, reconcile

MAX_RECOVERY = timedelta(hours=6)
OUTBOX_POLLER, RECONCILER = "outbox-poller", "reconcile"
STATES_ARN = "arn:aws:states:eu-central-1:000000000000"
SETTINGS = {
    "packing_seconds": "120",
    "review_seconds": str(PARAMETERS["ReviewSeconds"]),
    "stuck_after_seconds": "300",
    "provider_outage_seconds": "60",
    "merchant_emails": MERCHANT,
    "mail_from": "orders@hearth.example",
    "topic_arn": "arn:aws:sns:eu-central-1:000000000000:hearth-and-clay-order-events",
    "workflow_arn": f"{STATES_ARN}:stateMachine:hearth-and-clay-fulfill-order",
    "upload_bucket": UPLOADS,
    "media_bucket": MEDIA,
    "secret_name": "hearth-and-clay/signing-secret",
    "queue_url": "the queue of the worker that runs",
    "dead_letter_queue_url": "its dead-letter queue",
}


@dataclass(frozen=True)
class Result:
    """The result of a simulation. ``trace`` lists everything that happened, in order."""

    faults: Counter[str]
    violations: tuple[Violation, ...]
    trace: tuple[str, ...]
    orders: Counter[str]
    calls: int


class _LogCapture(io.TextIOBase):
    """Collects the log lines of all functions."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, text: str) -> int:
        self._lines += text.splitlines()
        return len(text)


class Simulation:
    """A simulation. Subclasses define the initial data and the fault phase."""

    def __init__(self, seed: int) -> None:
        self.scheduler = Scheduler(seed)
        self.faults = self.make_faults(self.scheduler)
        self.cloud = Cloud(shared_store(), self.scheduler, self.faults)
        self.cloud.on_write = self._check_invariants
        self.violations: list[Violation] = []

    def make_faults(self, scheduler: Scheduler) -> Faults:
        return Faults(scheduler.random)

    def set_up(self) -> None:
        """Create the data that exists before the first fault."""
        raise NotImplementedError

    def run_fault_phase(self) -> None:
        """Run until no new faults are injected."""

    def run(self) -> Result:
        """Run to the end. The same seed makes the same run, call by call."""
        with self._patched_process():
            self._run_phases()
        return self.result()

    def result(self) -> Result:
        orders = Counter(row["status"] for row in self.cloud.snapshot().orders_by_id.values())
        trace, violations = tuple(self.scheduler.trace), tuple(self.violations)
        return Result(self.faults.counts, violations, trace, orders, self._calls.count)

    @contextmanager
    def _patched_process(self) -> Iterator[None]:
        """Replace this process's sources of chance, of time, and its AWS calls."""
        self._calls = Calls(self.faults, self.cloud.services)
        secrets.signing_secret.cache_clear()
        with (
            override_settings(**SETTINGS),
            self._calls.patched(),
            _deterministic_process(self.scheduler),
            redirect_stderr(_LogCapture(self.cloud.log_lines)),
        ):
            yield

    def _run_phases(self) -> None:
        shared_store().clear()
        catalog_cache.clear_cache()
        self.set_up()
        self._start_timers()
        self.run_fault_phase()
        self.scheduler.run(self.scheduler.now + MAX_RECOVERY, is_quiescent=self.is_quiescent)
        self._check_invariants()
        if not self.violations:
            self.violations += check_settled(self.cloud.snapshot())

    def _check_invariants(self) -> None:
        self.violations += check_invariants(self.cloud.snapshot())
        self.scheduler.stopped = bool(self.violations)

    def _start_timers(self) -> None:
        every = self.scheduler.repeat_every
        every(60, lambda: self._invoke_if_needed(OUTBOX_POLLER, outbox_poller.handler))
        every(300, lambda: self._invoke_if_needed(RECONCILER, reconcile.handler))
        every(300, self.cloud.redrive)

    def _invoke_if_needed(self, name: str, handler: Any) -> None:
        if self._has_work(name):
            invocation = self.scheduler.invoke(name, lambda context: handler({}, context))
            invocation.clock_skew = self.faults.clock_skew()

    def _has_work(self, name: str) -> bool:
        """Whether an event is unpublished, or an order open; without any, the run finds nothing."""
        attribute = "unpublished" if name == OUTBOX_POLLER else "open_shard"
        return any(row.get(attribute) for row in self.cloud.store.rows("orders"))

    def is_quiescent(self) -> bool:
        """Whether no work is left for any worker, schedule or queue."""
        return not (
            self._has_work(OUTBOX_POLLER) or self._has_work(RECONCILER) or self.cloud.has_messages
        )


@contextmanager
def _deterministic_process(scheduler: Scheduler) -> Iterator[None]:
    """Take random bytes, the time in ids and sleeps from the scheduler's seed and clock."""
    # Ids of one millisecond count up from the previous one; this one is of another millisecond than
    # those of the simulation, however many ids the process has made before.
    ULID()
    before = os.urandom, time.time_ns, time.sleep, random.getstate()
    real_sleep = time.sleep

    def sleep(seconds: float) -> None:
        invocation = getcurrent()
        invocation.wait(seconds) if isinstance(invocation, Invocation) else real_sleep(seconds)

    os.urandom = scheduler.random.randbytes
    time.time_ns = lambda: int(scheduler.now.timestamp() * 1000) * 1_000_000
    time.sleep = sleep  # type: ignore[assignment]
    ULID.from_timestamp(0.0)
    random.seed(scheduler.random.random())
    try:
        yield
    finally:
        os.urandom, time.time_ns, time.sleep = before[:3]
        random.setstate(before[3])
