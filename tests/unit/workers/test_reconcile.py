import json
from datetime import UTC, datetime, timedelta

import pytest

from app import clock
from app.aws.step_functions import execution_name, start_fulfillment, workflow_input
from app.clock import use_clock
from app.orders.issues import open_issue
from app.orders.models import Order
from app.orders.payment import charge
from app.orders.queries import due_for_check
from app.orders.reconciliation import MIN_CHECK_DELAY
from app.orders.review import decide_review
from app.orders.transitions import find_order
from infra.local.cloud import LocalCloud
from tests.builders import NOON, LambdaContextStub, a_batch, an_issue, an_order_in_status
from tests.crash_injection import crash, interleave, recorded_calls
from tests.unit.workers.queue_readers import executions_of
from workers.reconcile import handler

LONG_AGO = datetime.now(UTC) - timedelta(days=1)


@pytest.fixture(scope="module")
def tables_cloud(own_cloud: LocalCloud) -> LocalCloud:
    return own_cloud


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
        check(order)
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

    with recorded_calls() as calls:
        handler({"due": "all"}, LambdaContextStub())

    assert order.order_id in executions_of(tables, workflow)
    assert sum("SendTaskSuccess" in call for call in calls) == 1


@pytest.mark.parametrize("run", [None, 2, 70])
def test_check_takes_two_starts_and_no_describe_however_many_runs_have_failed(
    tables: LocalCloud, workflow: str, run: int | None
) -> None:
    order = an_order_in_status("placed", now=LONG_AGO)
    order.update(actions=[Order.run.set(run)] if run else [Order.run.remove()])
    start_fulfillment(order.order_id, run=run or 1)
    end_run(tables, workflow, execution_name(order.order_id, run or 1))

    with recorded_calls() as calls:
        check(order)

    assert [call for call in calls if "DescribeExecution" in call] == []
    assert sum("StartExecution" in call for call in calls) == 2
    assert execution_name(order.order_id, (run or 1) + 1) in executions_of(tables, workflow)
    assert find_order(order.order_id).run == (run or 1) + 1


def test_check_of_a_running_workflow_takes_one_start_and_changes_nothing(
    tables: LocalCloud, workflow: str
) -> None:
    order = an_order_in_status("placed", now=LONG_AGO)
    start_fulfillment(order.order_id)

    with recorded_calls() as calls:
        check(order)

    assert sum("Execution" in call for call in calls) == 1
    assert [it for it in executions_of(tables, workflow) if order.order_id in it] == [
        order.order_id
    ]
    assert find_order(order.order_id).current_run == 1


def test_input_of_an_execution_never_changes() -> None:
    """Otherwise the next release takes a running execution for one that has ended."""
    assert json.dumps(workflow_input("01ARZ3NDEKTSV4RRFFQ69G5FAV")) == (
        '{"order_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV",'
        ' "traceparent": "00-f3496b9e227471b9e8d317ac3ca96e06-aa9837326aa8459b-01"}'
    )


def test_two_reconcilers_start_one_run(tables: LocalCloud, workflow: str) -> None:
    order = an_order_in_status("placed", now=LONG_AGO)
    start_fulfillment(order.order_id)
    end_run(tables, workflow, order.order_id)

    with interleave(lambda: check(order), before=f"StartExecution {order.order_id}"):
        check(order)

    runs = [it for it in executions_of(tables, workflow) if order.order_id in it]
    assert runs == [order.order_id, f"{order.order_id}-r2"]


def test_order_that_another_reconciler_checks_is_skipped(tables: LocalCloud, workflow: str) -> None:
    order = an_order_in_status("placed", now=LONG_AGO)

    with interleave(check_due_orders, before=f"UpdateItem {order.order_id}"):
        check_due_orders()

    assert find_order(order.order_id).checks == 1


def check_due_orders() -> None:
    handler({}, LambdaContextStub())


def test_run_that_was_counted_and_not_started_is_started_at_the_next_check(
    tables: LocalCloud, workflow: str
) -> None:
    order = an_order_in_status("placed", now=LONG_AGO)
    start_fulfillment(order.order_id)
    end_run(tables, workflow, order.order_id)
    with crash(before=f"StartExecution {order.order_id}-r2"):
        check(order)

    check(order)

    runs = [it for it in executions_of(tables, workflow) if order.order_id in it]
    assert runs == [order.order_id, f"{order.order_id}-r2"]


def test_next_check_is_written_before_the_work(tables: LocalCloud, workflow: str) -> None:
    order = an_order_in_status("placed", now=LONG_AGO)

    with crash(before=f"StartExecution {order.order_id}"):
        handler({}, LambdaContextStub())

    checked = find_order(order.order_id)
    assert checked.checks == 1
    assert checked.next_check_at
    assert checked.next_check_at > datetime.now(UTC)


def test_checks_move_back_to_a_quarter_of_an_hour_and_never_stop(
    tables: LocalCloud, workflow: str
) -> None:
    order = an_order_in_status("placed", now=LONG_AGO)
    delays = []

    for _ in range(8):
        now = find_order(order.order_id).next_check_at
        assert now
        with use_clock(lambda: now + timedelta(seconds=1)):  # noqa: B023 (used at once)
            handler({}, LambdaContextStub())
        next_check = find_order(order.order_id).next_check_at
        assert next_check
        delays.append(round((next_check - now).total_seconds() / 60))

    assert delays == [1, 2, 4, 8, 15, 15, 15, 15]


def test_change_of_status_starts_the_backoff_again(tables: LocalCloud, workflow: str) -> None:
    order = an_order_in_status("placed", now=LONG_AGO)
    handler({}, LambdaContextStub())

    charge(order.order_id, now=datetime.now(UTC))

    assert find_order(order.order_id).checks is None


@pytest.mark.parametrize(("minutes", "has_issue"), [(39, False), (41, True)])
def test_order_without_progress_gets_an_issue(
    tables: LocalCloud, workflow: str, minutes: int, *, has_issue: bool
) -> None:
    order = an_order_in_status("placed", now=datetime.now(UTC) - timedelta(minutes=minutes))

    handler({}, LambdaContextStub())

    issue = find_order(order.order_id).issue
    assert (issue is not None and issue.reason == "no_progress") is has_issue


def test_issue_of_a_failed_step_is_kept_by_the_reconciler(
    tables: LocalCloud, workflow: str
) -> None:
    order = an_order_in_status("placed", now=LONG_AGO)
    open_issue(order.order_id, an_issue(since=LONG_AGO))

    handler({}, LambdaContextStub())

    assert find_order(order.order_id).issue == an_issue(since=LONG_AGO)


def test_failing_order_does_not_stop_the_others(tables: LocalCloud) -> None:
    """Without a workflow, every start fails."""
    orders = [an_order_in_status("placed", now=LONG_AGO) for _ in range(3)]

    assert handler({}, LambdaContextStub())["failed"] >= len(orders)
    assert all(find_order(order.order_id).checks == 1 for order in orders)


def test_reconciliation_stops_before_the_lambda_timeout(tables: LocalCloud, workflow: str) -> None:
    an_order_in_status("placed", now=LONG_AGO)

    assert handler({}, LambdaContextStub(4_999))["checked"] == 0


def test_reconciliation_reports_stuck_orders_and_open_issues(
    tables: LocalCloud, workflow: str, capfd: pytest.CaptureFixture[str]
) -> None:
    order = an_order_in_status("placed", now=LONG_AGO)
    open_issue(order.order_id, an_issue(since=LONG_AGO))
    due = len(list(due_for_check(clock.now())))
    capfd.readouterr()

    counts = handler({}, LambdaContextStub())

    assert counts["checked"] == due
    assert counts["stuck"] >= 1

    lines = {it["message"]: it for it in map(json.loads, capfd.readouterr().err.splitlines())}
    assert lines["reconcile"]["stuck"] >= 1
    assert lines["open_issues"]["orders"] >= 1


def test_operator_restarts_one_order(tables: LocalCloud, workflow: str) -> None:
    order = an_order_in_status("placed")
    start_fulfillment(order.order_id)

    assert check(order) == {"status": "placed", "run": 1, "started": False}
    end_run(tables, workflow, order.order_id)
    assert check(order) == {"status": "placed", "run": 2, "started": True}

    unknown = {"order_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    nothing = {"status": "", "run": 0, "started": False}
    assert handler(unknown, LambdaContextStub()) == nothing
    closed = an_order_in_status("shipped")
    assert check(closed) == {"status": "shipped", "run": 1, "started": False}


def check(order: Order) -> dict[str, object]:
    return handler({"order_id": order.order_id}, LambdaContextStub())


def failed_execution(name: str, status: str = "ABORTED", **others: object) -> str:
    """The EventBridge event of a failed execution, as documented by AWS, shortened."""
    detail = {"name": name, "status": status, "input": "{}", "stateMachineArn": "arn", **others}
    return json.dumps({"source": "aws.states", "detail": detail, "resources": ["arn"]})


@pytest.mark.parametrize(("seconds", "is_restarted"), [(2, False), (61, True)])
def test_execution_that_failed_at_once_counts_against_the_workflow(
    tables: LocalCloud,
    workflow: str,
    capfd: pytest.CaptureFixture[str],
    seconds: int,
    *,
    is_restarted: bool,
) -> None:
    order = an_order_in_status("placed", now=datetime.now(UTC))
    start_fulfillment(order.order_id)
    end_run(tables, workflow, order.order_id)
    start = int(datetime.now(UTC).timestamp() * 1000)
    dates = {"startDate": start, "stopDate": start + seconds * 1000}
    notice = failed_execution(order.order_id, "FAILED", **dates)
    capfd.readouterr()

    handler(a_batch(notice), LambdaContextStub())

    assert (f"{order.order_id}-r2" in executions_of(tables, workflow)) is is_restarted
    assert ("workflow_broken" in capfd.readouterr().err) is not is_restarted
    stored = find_order(order.order_id)
    assert stored.issue is None
    assert stored.next_check_at
    assert stored.next_check_at > datetime.now(UTC)
    assert stored.next_check_at <= datetime.now(UTC) + MIN_CHECK_DELAY


def test_execution_that_failed_after_progress_is_restarted_at_once(
    tables: LocalCloud, workflow: str
) -> None:
    order = an_order_in_status("paid", now=datetime.now(UTC))
    start_fulfillment(order.order_id)
    end_run(tables, workflow, order.order_id)
    start = int(LONG_AGO.timestamp() * 1000)
    notice = failed_execution(order.order_id, "FAILED", startDate=start, stopDate=start + 2_000)

    handler(a_batch(notice), LambdaContextStub())

    assert f"{order.order_id}-r2" in executions_of(tables, workflow)


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_notice_about_a_running_execution_starts_no_second_one(
    tables: LocalCloud, workflow: str, status: str
) -> None:
    """An invented notice, or one about an execution that an operator has redriven."""
    order = an_order_in_status("placed", now=datetime.now(UTC))
    start_fulfillment(order.order_id)

    handler(a_batch(failed_execution(order.order_id, status)), LambdaContextStub())

    assert [it for it in executions_of(tables, workflow) if order.order_id in it] == [
        order.order_id
    ]
    assert find_order(order.order_id).current_run == 1


def test_notices_never_delay_the_next_check(tables: LocalCloud, workflow: str) -> None:
    """Otherwise a stream of invented notices would keep a stuck order from being checked."""
    order = an_order_in_status("placed", now=LONG_AGO)
    due_at = find_order(order.order_id).next_check_at
    start = int(datetime.now(UTC).timestamp() * 1000)
    notice = failed_execution(order.order_id, "FAILED", startDate=start, stopDate=start)

    for _ in range(3):
        handler(a_batch(notice), LambdaContextStub())

    assert find_order(order.order_id).next_check_at == due_at
    handler({}, LambdaContextStub())
    assert order.order_id in executions_of(tables, workflow)


def test_notice_of_an_earlier_run_is_ignored(tables: LocalCloud, workflow: str) -> None:
    order = an_order_in_status("placed", now=datetime.now(UTC))
    order.update(actions=[Order.run.set(3)])

    handler(a_batch(failed_execution(f"{order.order_id}-r2")), LambdaContextStub())

    assert order.order_id not in str(executions_of(tables, workflow))


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
