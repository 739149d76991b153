import json
from datetime import UTC, datetime, timedelta

import pytest

from app.aws.step_functions import start_fulfilment
from app.orders.compensation import open_case
from app.orders.review import decide
from app.orders.transitions import find_order
from infra.local.cloud import LocalCloud
from tests.builders import NOON, ALongTime, a_batch, an_order_that_is
from tests.unit.workers.queue_readers import runs_of
from workers.reconcile import handler

LONG_AGO = datetime.now(UTC) - timedelta(days=1)


def end_run(cloud: LocalCloud, workflow: str, name: str) -> None:
    arn = f"{workflow.replace(':stateMachine:', ':execution:')}:{name}"
    cloud.client("stepfunctions").stop_execution(executionArn=arn)


def test_an_order_whose_workflow_never_began_gets_one(tables: LocalCloud, workflow: str) -> None:
    order = an_order_that_is("placed", now=LONG_AGO)

    handler({}, ALongTime())

    assert order.order_id in runs_of(tables, workflow)


def test_an_order_whose_workflow_runs_is_left_alone(tables: LocalCloud, workflow: str) -> None:
    order = an_order_that_is("placed", now=LONG_AGO)

    for _ in range(2):
        handler({}, ALongTime())

    assert [it for it in runs_of(tables, workflow) if order.order_id in it] == [order.order_id]


def test_each_run_that_ended_too_early_is_followed_by_the_next(
    tables: LocalCloud, workflow: str
) -> None:
    order = an_order_that_is("placed", now=LONG_AGO)
    names = [order.order_id, f"{order.order_id}-r2", f"{order.order_id}-r3"]

    for name in names:
        handler({}, ALongTime())
        end_run(tables, workflow, name)

    assert [it for it in runs_of(tables, workflow) if order.order_id in it] == names


def test_an_order_that_is_not_due_waits_unless_all_are_looked_at(
    tables: LocalCloud, workflow: str
) -> None:
    order = an_order_that_is("placed", now=datetime.now(UTC))

    handler({}, ALongTime())
    assert order.order_id not in runs_of(tables, workflow)

    handler({"due": "all"}, ALongTime())
    assert order.order_id in runs_of(tables, workflow)


@pytest.mark.parametrize("status", ["shipped", "declined", "cancelled"])
def test_a_closed_order_is_never_looked_at(tables: LocalCloud, workflow: str, status: str) -> None:
    order = an_order_that_is(status)

    handler({"due": "all"}, ALongTime())

    assert order.order_id not in runs_of(tables, workflow)


def test_a_decision_whose_waking_was_missed_does_not_stop_the_reconciler(
    tables: LocalCloud, workflow: str
) -> None:
    order = an_order_that_is("reviewing")
    decide(order.order_id, "approved", "bo@hearth.example", "", now=NOON)

    handler({"due": "all"}, ALongTime())

    assert order.order_id in runs_of(tables, workflow)


def test_one_order_that_cannot_be_helped_does_not_keep_help_from_the_others(
    tables: LocalCloud, workflow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.aws.step_functions.MOST_RUNS", 2)
    hopeless = an_order_that_is("placed", now=LONG_AGO - timedelta(days=1))
    handler({}, ALongTime())
    end_run(tables, workflow, hopeless.order_id)
    others = [an_order_that_is("placed", now=LONG_AGO) for _ in range(8)]

    assert handler({}, ALongTime())["failed"] == 1

    case = find_order(hopeless.order_id).case
    assert case
    assert "in 2 runs" in case.reason
    assert {it.order_id for it in others} <= set(runs_of(tables, workflow))


def test_it_stops_before_its_time_is_over(tables: LocalCloud, workflow: str) -> None:
    an_order_that_is("placed", now=LONG_AGO)

    assert handler({}, ALongTime(4_999)) == {"seen": 0, "restarted": 0, "failed": 0}


def ended(name: str, status: str = "ABORTED") -> str:
    """What EventBridge puts into the queue, as AWS documents it, shortened."""
    detail = {"name": name, "status": status, "input": "{}", "stateMachineArn": "arn"}
    return json.dumps({"source": "aws.states", "detail": detail, "resources": ["arn"]})


def test_a_workflow_that_ended_badly_is_followed_by_the_next_at_once(
    tables: LocalCloud, workflow: str
) -> None:
    order = an_order_that_is("placed", now=datetime.now(UTC))
    start_fulfilment(order.order_id)
    end_run(tables, workflow, order.order_id)

    for _ in range(2):
        assert handler(a_batch(ended(order.order_id)), ALongTime()) == {"batchItemFailures": []}

    runs = [it for it in runs_of(tables, workflow) if order.order_id in it]
    assert runs == [order.order_id, f"{order.order_id}-r2"]


@pytest.mark.parametrize("status", ["shipped", "declined", "cancelled"])
def test_the_workflow_of_a_closed_order_may_end_as_it_likes(
    tables: LocalCloud, workflow: str, status: str
) -> None:
    order = an_order_that_is(status)

    handler(a_batch(ended(f"{order.order_id}-r2")), ALongTime())

    assert order.order_id not in str(runs_of(tables, workflow))


def test_once_a_person_was_asked_the_clock_comes_back_and_not_the_queue(
    tables: LocalCloud, workflow: str
) -> None:
    order = an_order_that_is("placed", now=LONG_AGO)
    open_case(order.order_id, "The step Charge did not succeed.", "workflow", now=LONG_AGO)

    handler(a_batch(ended(order.order_id, "FAILED")), ALongTime())
    assert order.order_id not in runs_of(tables, workflow)

    handler({}, ALongTime())
    assert order.order_id in runs_of(tables, workflow)
