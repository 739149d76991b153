import json
from datetime import UTC, datetime, timedelta

import pytest

from app.aws.step_functions import start_fulfillment
from app.orders.issues import open_issue
from app.orders.review import decide_review
from app.orders.transitions import find_order
from infra.local.cloud import LocalCloud
from tests.builders import NOON, LambdaContextStub, a_batch, an_issue, an_order_in_status
from tests.unit.workers.queue_readers import executions_of
from workers.reconcile import handler

LONG_AGO = datetime.now(UTC) - timedelta(days=1)


def end_run(cloud: LocalCloud, workflow: str, name: str) -> None:
    arn = f"{workflow.replace(':stateMachine:', ':execution:')}:{name}"
    cloud.client("stepfunctions").stop_execution(executionArn=arn)


def test_reconciliation_starts_a_missing_workflow(tables: LocalCloud, workflow: str) -> None:
    order = an_order_in_status("placed", now=LONG_AGO)

    handler({}, LambdaContextStub())

    assert order.order_id in executions_of(tables, workflow)


def test_reconciliation_skips_a_running_workflow(tables: LocalCloud, workflow: str) -> None:
    order = an_order_in_status("placed", now=LONG_AGO)

    for _ in range(2):
        handler({}, LambdaContextStub())

    names = [it for it in executions_of(tables, workflow) if order.order_id in it]
    assert names == [order.order_id]


def test_reconciliation_starts_the_next_run_after_each_failed_one(
    tables: LocalCloud, workflow: str
) -> None:
    order = an_order_in_status("placed", now=LONG_AGO)
    names = [order.order_id, f"{order.order_id}-r2", f"{order.order_id}-r3"]

    for name in names:
        handler({}, LambdaContextStub())
        end_run(tables, workflow, name)

    assert [it for it in executions_of(tables, workflow) if order.order_id in it] == names


def test_reconciliation_checks_due_orders_only_unless_all_are_requested(
    tables: LocalCloud, workflow: str
) -> None:
    order = an_order_in_status("placed", now=datetime.now(UTC))

    handler({}, LambdaContextStub())
    assert order.order_id not in executions_of(tables, workflow)

    handler({"due": "all"}, LambdaContextStub())
    assert order.order_id in executions_of(tables, workflow)


@pytest.mark.parametrize("status", ["shipped", "declined", "cancelled"])
def test_reconciliation_ignores_closed_orders(
    tables: LocalCloud, workflow: str, status: str
) -> None:
    order = an_order_in_status(status)

    handler({"due": "all"}, LambdaContextStub())

    assert order.order_id not in executions_of(tables, workflow)


def test_reconciliation_resumes_a_decided_review(tables: LocalCloud, workflow: str) -> None:
    order = an_order_in_status("reviewing")
    decide_review(order.order_id, "approved", "bo@hearth.example", "", now=NOON)

    handler({"due": "all"}, LambdaContextStub())

    assert order.order_id in executions_of(tables, workflow)


def test_order_at_the_execution_limit_gets_an_issue_and_does_not_stop_the_others(
    tables: LocalCloud, workflow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.aws.step_functions.MAX_EXECUTIONS", 2)
    failing = an_order_in_status("placed", now=LONG_AGO - timedelta(days=1))
    handler({}, LambdaContextStub())
    end_run(tables, workflow, failing.order_id)
    others = [an_order_in_status("placed", now=LONG_AGO) for _ in range(8)]

    assert handler({}, LambdaContextStub())["failed"] == 1

    issue = find_order(failing.order_id).issue
    assert issue
    assert issue.reason == "execution_limit_reached"
    assert {it.order_id for it in others} <= set(executions_of(tables, workflow))


def test_reconciliation_stops_before_the_lambda_timeout(tables: LocalCloud, workflow: str) -> None:
    an_order_in_status("placed", now=LONG_AGO)

    assert handler({}, LambdaContextStub(4_999)) == {"checked": 0, "restarted": 0, "failed": 0}


def failed_execution(name: str, status: str = "ABORTED") -> str:
    """The EventBridge event of a failed execution, as documented by AWS, shortened."""
    detail = {"name": name, "status": status, "input": "{}", "stateMachineArn": "arn"}
    return json.dumps({"source": "aws.states", "detail": detail, "resources": ["arn"]})


def test_failed_execution_is_restarted_at_once(tables: LocalCloud, workflow: str) -> None:
    order = an_order_in_status("placed", now=datetime.now(UTC))
    start_fulfillment(order.order_id)
    end_run(tables, workflow, order.order_id)

    for _ in range(2):
        assert handler(a_batch(failed_execution(order.order_id)), LambdaContextStub()) == {
            "batchItemFailures": []
        }

    runs = [it for it in executions_of(tables, workflow) if order.order_id in it]
    assert runs == [order.order_id, f"{order.order_id}-r2"]


@pytest.mark.parametrize("status", ["shipped", "declined", "cancelled"])
def test_failed_execution_of_a_closed_order_is_ignored(
    tables: LocalCloud, workflow: str, status: str
) -> None:
    order = an_order_in_status(status)

    handler(a_batch(failed_execution(f"{order.order_id}-r2")), LambdaContextStub())

    assert order.order_id not in str(executions_of(tables, workflow))


def test_order_with_an_issue_is_restarted_by_the_schedule_only(
    tables: LocalCloud, workflow: str
) -> None:
    order = an_order_in_status("placed", now=LONG_AGO)
    open_issue(order.order_id, an_issue(since=LONG_AGO))

    handler(a_batch(failed_execution(order.order_id, "FAILED")), LambdaContextStub())
    assert order.order_id not in executions_of(tables, workflow)

    handler({}, LambdaContextStub())
    assert order.order_id in executions_of(tables, workflow)
