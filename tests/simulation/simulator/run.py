"""One simulation: a fault phase, then recovery, with the invariants checked after every write."""

import io
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from greenlet import getcurrent  # type: ignore[import-untyped]
from ulid import ULID

from app import clock
from app.analytics.facts import HOUR
from app.analytics.rollup import FINAL_AFTER
from app.orders.models import DISPUTED
from app.settings import Settings
from app.verification import Violation, check_invariants, check_settled
from tests.builders import NOON
from tests.fake_clouds import MERCHANT, replace_settings
from tests.process_caches import empty_caches
from tests.simulation.simulator.buckets import MEDIA, UPLOADS
from tests.simulation.simulator.calls import Calls
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.dynamodb import rate_seconds, shared_store
from tests.simulation.simulator.faults import Faults
from tests.simulation.simulator.providers import patched_providers
from tests.simulation.simulator.scheduler import Invocation, Scheduler
from tests.simulation.simulator.sent_emails import check_recipients
from tests.simulation.simulator.workflows import PARAMETERS, production_parameters
from workers import analytics, outbox_poller, reconcile

RECOVERY_TIME = timedelta(hours=1)  # besides review and packing, after the last fault
POLLER_SECONDS, OPERATOR_SECONDS, ROLL_UP_SECONDS = 60, 300, 300
RECONCILER_SECONDS = rate_seconds("ReconcileSchedule")
SECOND_MERCHANT = "another-merchant@hearth.example"
MERCHANTS = (MERCHANT, SECOND_MERCHANT)
OUTBOX_POLLER, RECONCILER, ROLL_UP = "outbox-poller", "reconcile", "roll-up"
STATES_ARN = "arn:aws:states:eu-central-1:000000000000"
SETTINGS = {
    "packing_seconds": "120",
    "review_seconds": str(PARAMETERS["ReviewSeconds"]),
    "stuck_after_seconds": "300",
    "provider_outage_seconds": "60",
    "orders_per_network": "1000",  # all customers share one address
    "units_per_network": "100000",
    "owner_emails": ",".join(MERCHANTS),
    "staff_emails": "",
    "mail_from": "orders@hearth.example",
    "topic_arn": "arn:aws:sns:eu-central-1:000000000000:hearth-and-clay-order-events",
    "workflow_arn": f"{STATES_ARN}:stateMachine:hearth-and-clay-fulfill-order",
    "upload_bucket": UPLOADS,
    "media_bucket": MEDIA,
    "secret_name": "hearth-and-clay/signing-secret",
    "queue_url": "the queue of the worker that runs",
    "dead_letter_queue_url": "its dead-letter queue",
}


def production_settings() -> dict[str, str]:
    """The durations that the template sets in production."""
    names = ("packing_seconds", "review_seconds", "stuck_after_seconds")
    return {name: str(getattr(Settings(), name)) for name in names}


@dataclass(frozen=True)
class Result:
    """The result of a simulation. ``trace`` lists everything that happened, in order."""

    faults: Counter[str]
    violations: tuple[Violation, ...]
    trace: tuple[str, ...]
    orders: Counter[str]
    calls: int

    @property
    def digest(self) -> str:
        """A hash of the trace: two runs with one digest made the same calls in the same order."""
        return sha256("\n".join(self.trace).encode()).hexdigest()[:12]


class _LogCapture(io.TextIOBase):
    """Collects the log lines of all functions."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, text: str) -> int:
        self._lines += text.splitlines()
        return len(text)


class Simulation:
    """A simulation. Subclasses define the initial data and the fault phase."""

    in_production = False  # with the durations of production instead of shorter ones
    has_operator = False  # who redrives dead letters

    def __init__(self, seed: int, start: datetime = NOON) -> None:
        self.scheduler = Scheduler(seed, start)
        self.faults = self.make_faults(self.scheduler)
        self.cloud = Cloud(shared_store(), self.scheduler, self.faults)
        self.cloud.on_write = self._check_invariants
        self.violations: list[Violation] = []
        self.settled_at = start  # when no order had work left; the roll-up of sales ends later
        self.settings = dict(SETTINGS)
        if self.in_production:
            self.settings |= production_settings()
            self.cloud.workflows.parameters = production_parameters()

    def make_faults(self, scheduler: Scheduler) -> Faults:
        return Faults(scheduler.random)

    def set_up(self) -> None:
        """Create the data that exists before the first fault."""
        raise NotImplementedError

    def run_fault_phase(self) -> None:
        """Run until no new faults are injected."""

    @property
    def recovery_time(self) -> timedelta:
        """How long after the last fault every order is closed and every queue empty."""
        waiting = ("packing_seconds", "review_seconds")
        return RECOVERY_TIME + timedelta(seconds=sum(int(self.settings[it]) for it in waiting))

    def run(self) -> Result:
        """Run to the end. The same seed makes the same run, call by call."""
        with self._patched_process():
            self._run_phases()
            result = self.result()
            self.scheduler.close()
        return result

    def result(self) -> Result:
        orders = Counter(row["status"] for row in self.cloud.snapshot().orders_by_id.values())
        trace, violations = tuple(self.scheduler.trace), tuple(self.violations)
        return Result(self.faults.counts, violations, trace, orders, self._calls.count)

    @contextmanager
    def _patched_process(self) -> Iterator[None]:
        """Replace this process's sources of chance, of time, and its AWS calls."""
        self._calls = Calls(self.faults, self.cloud.services)
        with (
            empty_caches(),
            replace_settings(**self.settings),
            self._calls.patched(),
            patched_providers(self.faults),
            clock.use_clock(lambda: self.scheduler.now),
            _deterministic_process(self.scheduler),
            redirect_stderr(_LogCapture(self.cloud.log_lines)),
        ):
            yield

    def _run_phases(self) -> None:
        shared_store().clear()
        self.set_up()
        self._start_timers()
        self.run_fault_phase()
        deadline = self.scheduler.now + self.recovery_time
        self.scheduler.run(deadline, is_quiescent=self.is_quiescent)
        self._check_invariants()
        self.settled_at = self.scheduler.now
        if not self.violations:
            snapshot = self.cloud.snapshot()
            self.violations += [*check_settled(snapshot), *check_recipients(snapshot, MERCHANTS)]
        if not self.violations:
            self._finish_roll_up()

    def _finish_roll_up(self) -> None:
        """Run until the hours of all sales are over and summed up."""
        deadline = self.scheduler.now + 2 * HOUR + FINAL_AFTER
        self.scheduler.run(deadline, is_quiescent=lambda: not self._has_work(ROLL_UP))
        self._check_invariants()
        if self._has_work(ROLL_UP):
            self.violations.append(Violation("N1", ROLL_UP, "an hour is not summed up."))

    def _check_invariants(self) -> None:
        self.violations += [*check_invariants(self.cloud.snapshot()), *self.cloud.violations]
        self.cloud.verified_lines = len(self.cloud.log_lines)
        self.scheduler.stopped = bool(self.violations)

    def _start_timers(self) -> None:
        every = self.scheduler.repeat_every
        poll, check = outbox_poller.handler, reconcile.handler
        every(POLLER_SECONDS, lambda: self._invoke_if_needed(OUTBOX_POLLER, poll))
        every(RECONCILER_SECONDS, lambda: self._invoke_if_needed(RECONCILER, check))
        every(ROLL_UP_SECONDS, lambda: self._invoke_if_needed(ROLL_UP, analytics.handler))
        if self.has_operator:
            every(OPERATOR_SECONDS, self.cloud.redrive)

    def _invoke_if_needed(self, name: str, handler: Any) -> None:
        if self._has_work(name):
            invocation = self.scheduler.invoke(name, lambda context: handler({}, context))
            invocation.clock_skew = self.faults.clock_skew()

    def _has_work(self, name: str) -> bool:
        """Whether an event is unpublished, an order open, or a refund or roll-up due.

        A requested return, and one whose parcel is on its way, wait for people.
        """
        if name == ROLL_UP:
            return any(row.get("due") for row in self.cloud.store.rows("sales"))
        attribute = "unpublished" if name == OUTBOX_POLLER else "open_shard"
        rows = self.cloud.store.rows("orders")
        return any(
            row.get(attribute) not in (None, DISPUTED)
            and (row.get("kind") != "return" or row["status"] == "received")
            for row in rows
        )

    def is_quiescent(self) -> bool:
        """Whether no work is left for any worker, schedule or queue."""
        return not (
            self._has_work(OUTBOX_POLLER)
            or self._has_work(RECONCILER)
            or self.cloud.has_messages
            or (self.has_operator and self.cloud.has_dead_letters)
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
