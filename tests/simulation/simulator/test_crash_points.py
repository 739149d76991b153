"""Every function crashes before and after every AWS call, and the orders recover."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from app.aws import sns
from app.emails import send_leases
from app.emails.send_leases import SendLease
from app.inventory.models import LedgerEntry
from app.main import ROUTERS
from app.orders.events import OrderEvent
from app.orders.outbox import mark_published
from app.persistence import idempotency
from app.persistence.dynamodb import RetryingTransaction, retrying_transaction
from app.web.security.authorization import routes_of
from tests.printed_figures import PrintFigure
from tests.simulation.simulator.admin_actions import ACTIONS
from tests.simulation.simulator.cloud import FAILED_EXECUTIONS
from tests.simulation.simulator.crash_points import SCENARIOS, find_run, run_tasks, unique_tasks
from tests.simulation.simulator.crash_runs import Scenario
from tests.simulation.simulator.crashes import Crash, When
from tests.simulation.simulator.dynamodb import resources
from tests.simulation.simulator.run import OUTBOX_POLLER
from tests.simulation.simulator.scenarios import SHIPPED, STREAM_SILENT
from workers import analytics, email, outbox_poller, publish

# Invocations that are not named after their function.
FUNCTION_NAMES = {"place": "web", "cancel": "web", "decide": "web"} | {
    FAILED_EXECUTIONS: "reconcile"
}
READ_ONLY = {"verify"}  # a crash leaves nothing behind
# Every sixth crash point also gets one random second crash. `shop simulate --pairs` tries all
# second crashes of the order path.
PAIR_EVERY = 6

(RECEIVE_STOCK,) = (action for action in ACTIONS if action.route.endswith("/receive-stock"))

type InjectDefect = Callable[[pytest.MonkeyPatch], None]
type Write = Callable[[TransactWrite], None]


def test_every_crash_point_recovers(print_figure: PrintFigure) -> None:
    tasks = unique_tasks(SCENARIOS)
    tasks[::PAIR_EVERY] = [replace(task, pairs=1) for task in tasks[::PAIR_EVERY]]

    *_, summary = run_tasks(tasks, processes=os.cpu_count() or 1)
    print_figure("\n".join(summary.lines()))

    assert summary.failures == {}
    crashed = {FUNCTION_NAMES.get(name, name) for name in summary.points}
    assert crashed == set(deployed_functions()) - READ_ONLY


def deployed_functions() -> Iterator[str]:
    """The names of the template's functions, without the stack's name."""
    for function in resources("AWS::Serverless::Function").values():
        yield function["FunctionName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")


def test_every_post_route_has_crash_points() -> None:
    routes = [route for router in ROUTERS for route in routes_of(router)]
    unsafe = {it.path for it in routes if it.methods and not it.methods <= {"GET", "HEAD"}}

    assert {action.route for action in ACTIONS} == unsafe


def test_replay_by_name_is_deterministic_whatever_ran_before() -> None:
    find_run("a-file-that-is-no-CSV-is-rejected").find_violations()
    first, second = (find_run("an-order-is-shipped/before-17/after-20") for _ in range(2))

    assert first.find_violations() == second.find_violations() == ()
    assert first.crashes == [Crash(17, "before"), Crash(20, "after")]
    assert first.scheduler.trace == second.scheduler.trace


def test_a_crashed_function_makes_no_further_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call in a ``finally`` or a bare ``except`` after the crash has no effect."""
    real_publish, retried = sns.publish, list[str]()

    def publish_and_retry(event: OrderEvent, body: str) -> None:
        try:
            real_publish(event, body)
        except BaseException:
            retried.append(event.event_id)
            real_publish(event, body)
            raise

    crash_run = SHIPPED.with_crashes([crash_at("publish", "Publish", "before")])
    monkeypatch.setattr(publish, "publish", publish_and_retry)

    assert crash_run.find_violations() == ()
    assert len(retried) == 1
    assert crash_run.cloud.topic.published == 4


def crash_at(function: str, operation: str, when: When) -> Crash:
    crash_run = SHIPPED.with_crashes()
    crash_run.run()
    for number, call in enumerate(crash_run.faults.calls, 1):
        if call.function == function and call.description.startswith(operation):
            return Crash(number, when)
    raise AssertionError(f"{function} makes no call of {operation}.")


def effect_before_mark_processed(patch: pytest.MonkeyPatch) -> None:
    def process_once(
        consumer: str, event_id: str, order_id: str, write: Write, *, now: datetime
    ) -> bool:
        mark = idempotency.ProcessedEvent(
            order_id, idempotency.processed_key(consumer, event_id), at=now
        )
        if any(
            idempotency.ProcessedEvent.query(order_id, idempotency.ProcessedEvent.part == mark.part)
        ):
            return False
        with retrying_transaction() as transaction:
            write(transaction)
        mark.save()
        return True

    patch.setattr(analytics, "process_once", process_once)


def email_marked_sent_before_sending(patch: pytest.MonkeyPatch) -> None:
    def acquire_lease(*args: Any, now: datetime, retry_refused: bool) -> SendLease | None:
        lease = send_leases.acquire_lease(*args, now=now, retry_refused=retry_refused)
        if lease:
            send_leases.record_result(lease, "sent", now=now)
        return lease

    patch.setattr(email, "acquire_lease", acquire_lease)


def event_marked_published_before_publishing(patch: pytest.MonkeyPatch) -> None:
    def mark_and_publish(event: OrderEvent, body: str) -> None:
        mark_published(event.order_id, part_of(event), now=event.occurred_at)
        sns.publish(event, body)

    patch.setattr(outbox_poller, "publish", mark_and_publish)


def part_of(event: OrderEvent) -> str:
    number = event.event_id.removeprefix(f"{event.order_id}-")
    return f"event#{number}#{event.type}"


def delivery_without_idempotency_key(patch: pytest.MonkeyPatch) -> None:
    save = RetryingTransaction.save

    def save_unconditionally(self: RetryingTransaction, row: Model, **options: Any) -> None:
        save(self, row, **({} if isinstance(row, LedgerEntry) else options))

    patch.setattr(RetryingTransaction, "save", save_unconditionally)


@pytest.mark.parametrize(
    ("inject_defect", "function", "scenario", "violation"),
    [
        (effect_before_mark_processed, "analytics", SHIPPED, "N1"),
        (email_marked_sent_before_sending, "email", SHIPPED, "E3"),
        (event_marked_published_before_publishing, OUTBOX_POLLER, STREAM_SILENT, "E3"),
        (delivery_without_idempotency_key, "web", RECEIVE_STOCK, "unexpected row: stock "),
    ],
    ids=lambda it: it.__name__ if callable(it) else str(it),
)
def test_a_crash_reveals_an_injected_defect(
    inject_defect: InjectDefect,
    function: str,
    scenario: Scenario,
    violation: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crashes = list(crash_points_of(function, scenario))
    inject_defect(monkeypatch)

    found = [it for crash in crashes for it in scenario.with_crashes([crash]).find_violations()]

    assert any(it.startswith(violation) for it in found), found


def crash_points_of(function: str, scenario: Scenario) -> Iterator[Crash]:
    crash_run = scenario.with_crashes()
    crash_run.run()
    for number, call in enumerate(crash_run.faults.calls, 1):
        if call.function == function:
            yield Crash(number, "before")
            yield Crash(number, "after")
