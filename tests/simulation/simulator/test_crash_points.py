"""Every function crashes before and after every AWS call, and the orders recover."""

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.aws import sns
from app.aws.sns import EntryRefused, OutgoingEvent
from app.main import ROUTERS
from app.web.security.authorization import routes_of
from tests.printed_figures import PrintFigure
from tests.simulation.simulator.admin_actions import ACTIONS
from tests.simulation.simulator.cloud import FAILED_EXECUTIONS
from tests.simulation.simulator.crash_points import SCENARIOS, find_run, run_tasks, unique_tasks
from tests.simulation.simulator.crashes import Crash, When
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
