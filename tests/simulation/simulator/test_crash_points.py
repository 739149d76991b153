"""Every function crashes before and after every AWS call, and the orders recover."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.aws import sns
from app.aws.sns import EntryRefused, OutgoingEvent
from app.main import ROUTERS
from app.web.security.authorization import routes_of
from tests.printed_figures import PrintFigure
from tests.simulation.simulator.admin_actions import ACTIONS
from tests.simulation.simulator.campaign import process_pool
from tests.simulation.simulator.cloud import FAILED_EXECUTIONS
from tests.simulation.simulator.crash_points import (
    ANY_ID,
    READS,
    SCENARIOS,
    distinct_crashes,
    find_run,
    run_tasks,
    unique_tasks,
)
from tests.simulation.simulator.crashes import Crash, RecordedCall, When
from tests.simulation.simulator.dynamodb import resources
from tests.simulation.simulator.run import ROLL_UP
from tests.simulation.simulator.scenarios import SHIPPED
from workers import publish

# Invocations that are not named after their function.
FUNCTION_NAMES = {"place": "web", "cancel": "web", "decide": "web"} | {
    FAILED_EXECUTIONS: "reconcile",
    ROLL_UP: "analytics",
}
READ_ONLY = {"verify"}  # a crash has no effect
# Every sixth crash point also gets one random second crash. `shop simulate --pairs` tries all
# second crashes of the order path.
PAIR_EVERY = 6
TABLES = ("orders", "stock", "stock-ledger", "sales", "customers", "provider-records")
VOLATILE = re.compile(r"\d{4}-\d\d-\d\d[T0-9:.+Z]*|\d{9,}(\.\d+)?|\b[0-9a-f]{12,}\b")


def test_every_crash_point_recovers(print_figure: PrintFigure) -> None:
    tasks = unique_tasks(SCENARIOS)
    tasks[::PAIR_EVERY] = [replace(task, pairs=1) for task in tasks[::PAIR_EVERY]]

    *_, summary = run_tasks(tasks, processes=os.cpu_count() or 1)
    print_figure("\n".join(summary.lines()))

    assert summary.failures == {}
    crashed = {FUNCTION_NAMES.get(name, name) for name in summary.points}
    assert crashed == set(deployed_functions()) - READ_ONLY


def test_all_pairs_leave_out_crashes_with_equal_results_only() -> None:
    calls = [
        RecordedCall(0, "web", "GetItem cart"),
        RecordedCall(0, "web", "PutItem order"),
        RecordedCall(1, "email", "Query orders"),
        RecordedCall(0, "web", "GetItem order"),
        RecordedCall(2, "email", "Query orders"),
    ]

    crashes = list(distinct_crashes(calls))

    assert crashes == [Crash(1, "before"), Crash(2, "after"), Crash(3, "before")]


def test_crashes_without_a_write_between_them_lead_to_the_same_run() -> None:
    """What `shop simulate --pairs` relies on, tried for each invocation that has several reads."""
    with process_pool(1) as pool:  # without the caches that other tests have filled
        ((different, compared),) = pool.map(find_different_runs, [4])

    assert different == []
    assert compared > 10


def find_different_runs(step: int) -> tuple[list[tuple[Crash, Crash]], int]:
    """Of every ``step``-th pair of crashes that should lead to the same run, those that do not."""
    crash_run = SHIPPED.with_crashes()
    crash_run.run()
    pairs = alike_crashes(crash_run.faults.calls)[::step]
    return [it for it in pairs if describe_run(it[0]) != describe_run(it[1])], len(pairs)


def alike_crashes(calls: list[RecordedCall]) -> list[tuple[Crash, Crash]]:
    """The first and the last crash point between two writes of an invocation."""
    writes, by_state = Counter[int](), dict[tuple[int, int], list[Crash]]()
    for number, call in enumerate(calls, 1):
        key = call.invocation, writes[call.invocation]
        by_state.setdefault(key, []).append(Crash(number, "before"))
        writes[call.invocation] += call.description.split()[0] not in READS
        key = call.invocation, writes[call.invocation]
        by_state.setdefault(key, []).append(Crash(number, "after"))
    return [(crashes[0], crashes[-1]) for crashes in by_state.values() if len(crashes) > 1]


def describe_run(crash: Crash) -> list[str]:
    """The rows at the end and what each other invocation wrote, without ids and times.

    A write counts once per invocation, since what another invocation did just before may spare it.
    """
    crash_run = SHIPPED.with_crashes([crash])
    crash_run.run()
    calls = crash_run.faults.calls
    writes: dict[int, set[str]] = {}
    for call in calls:
        if call.description.split()[0] not in READS:
            writes.setdefault(call.invocation, set()).add(f"{call.function}: {call.description}")
    writes.pop(calls[crash.call - 1].invocation, None)
    rows = [repr(row) for table in TABLES for row in crash_run.cloud.store.rows(table)]
    lines = [*rows, *("; ".join(sorted(each)) for each in writes.values())]
    return sorted(VOLATILE.sub("", ANY_ID.sub("", line)) for line in lines)


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
    real_publish, retried = sns.publish_batch, list[str]()

    def publish_and_retry(batch: list[OutgoingEvent]) -> dict[str, EntryRefused]:
        try:
            return real_publish(batch)
        except BaseException:
            retried.append(batch[0].event.event_id)
            real_publish(batch)
            raise

    crash_run = SHIPPED.with_crashes([crash_at("publish", "Publish", "before")])
    monkeypatch.setattr(publish, "publish_batch", publish_and_retry)

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
