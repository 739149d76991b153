"""The assertions on a run: each target with the measured value, and whether it passed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.verification import Snapshot, Violation
from tests.load.order_times import longest_event_delay, median, seconds_from_click_to
from tests.load.page_times import PageTimes, summarize_pages
from tests.load.recorder import Recording
from tests.load.targets import Targets, page_target


@dataclass(frozen=True)
class Assertion:
    """One target. Counts depend on the shop alone; times also on the machine."""

    name: str
    value: float
    limit: float
    unit: str = ""
    is_count: bool = False

    @property
    def passed(self) -> bool:
        return self.value <= self.limit


@dataclass(frozen=True)
class RunResult:
    """The records of a run, and the shop's data once it has settled."""

    recording: Recording
    snapshot: Snapshot
    violations: Sequence[Violation]
    dlq_messages: int
    throttled_invocations: int = 0  # on AWS


def evaluate(result: RunResult, targets: Targets) -> list[Assertion]:
    pages = summarize_pages(result.recording.requests)
    return [
        *_count_assertions(result, targets, pages),
        *(assertion for page in pages for assertion in _time_assertions(page, targets)),
        *_order_assertions(result, targets),
    ]


def _count_assertions(
    result: RunResult, targets: Targets, pages: list[PageTimes]
) -> Iterator[Assertion]:
    requests = sum(page.requests for page in pages)
    errors = sum(page.errors for page in pages)
    throttles = sum(page.throttles for page in pages) + result.throttled_invocations
    actions = result.recording.actions
    lost = sum(action.order_id not in result.snapshot.orders_by_id for action in actions)
    yield Assertion("Errors", errors, targets.errors * requests, is_count=True)
    yield Assertion("Throttled", throttles, targets.throttles * requests, is_count=True)
    yield Assertion("Lost orders", lost, 0, is_count=True)
    yield Assertion(
        "Dead-letter queue messages", result.dlq_messages, targets.dlq_messages, is_count=True
    )
    yield Assertion("Consistency violations", len(result.violations), 0, is_count=True)
    yield Assertion("Runs without an order", int(not actions), 0, is_count=True)


def _time_assertions(page: PageTimes, targets: Targets) -> Iterator[Assertion]:
    target = page_target(targets, page.page)
    for name in ("p50", "p95", "p99"):
        value, limit = getattr(page.times, name), getattr(target, name)
        yield Assertion(f"{page.page}, {name}", value, limit, "ms")


def _order_assertions(result: RunResult, targets: Targets) -> Iterator[Assertion]:
    recording, snapshot = result.recording, result.snapshot
    to_paid = median(seconds_from_click_to("order_paid", recording, snapshot))
    to_shipped = median(seconds_from_click_to("order_shipped", recording, snapshot))
    yield Assertion("Click on Pay to paid, median", to_paid, targets.click_to_paid, "s")
    yield Assertion("Click to shipped, median", to_shipped, targets.click_to_shipped, "s")
    delay = longest_event_delay(recording, snapshot)
    yield Assertion("Longest event delay", delay, targets.event_delay, "s")


def exit_code(assertions: Sequence[Assertion], *, counts_only: bool) -> int:
    relevant = [it for it in assertions if it.is_count or not counts_only]
    return 0 if all(it.passed for it in relevant) else 1
