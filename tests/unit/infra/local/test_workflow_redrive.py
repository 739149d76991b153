"""RedriveExecution in the local cloud follows the rules of AWS.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from ulid import ULID

from infra.local import resumed_execution, workflow_redrive
from infra.local.cloud import LocalCloud
from tests.unit.infra.functions import start_waiting, state_machine, waiting_state_machine

ACCOUNT = "000000000000"
MACHINES = "infra.local.workflow_redrive.states._state_machines"


class Runs:
    """Executions of one state machine: its task sends to a queue, which ``repair`` creates."""

    def __init__(self, cloud: LocalCloud, machine: str, queue: str) -> None:
        self.client, self.sqs = cloud.client("stepfunctions"), cloud.client("sqs")
        self.machine, self.queue = machine, queue

    def start(self) -> str:
        """Returns the ARN of an execution."""
        parameters = {"stateMachineArn": self.machine, "input": json.dumps({"order": "first"})}
        return str(self.client.start_execution(name=str(ULID()), **parameters)["executionArn"])

    def repair(self) -> None:
        self.sqs.create_queue(QueueName=self.queue)

    def messages(self) -> list[str]:
        url = self.sqs.get_queue_url(QueueName=self.queue)["QueueUrl"]
        received = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [it["Body"] for it in received.get("Messages", [])]

    def await_end(self, arn: str) -> Any:
        return await_status(self.client, arn, "SUCCEEDED", "FAILED", "ABORTED")

    def history(self, arn: str) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self.client.get_execution_history(executionArn=arn)["events"]
        return events


def await_status(client: Any, arn: str, *statuses: str) -> Any:
    deadline = time.monotonic() + 10
    while (found := client.describe_execution(executionArn=arn))["status"] not in statuses:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


@pytest.fixture
def runs(tables: LocalCloud) -> Iterator[Runs]:
    queue = f"redrive-{ULID()}"
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "Begin",
        "States": {
            "Begin": {
                "Type": "Pass",
                "Output": "{% $merge([$states.input, {'begun': true}]) %}",
                "Next": "Send",
            },
            "Send": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage",
                "Arguments": {
                    "QueueUrl": f"{tables.url}/{ACCOUNT}/{queue}",
                    "MessageBody": "{% $states.context.Execution.Input.order %}",
                },
                "Output": "{% $states.input %}",
                "Next": "End",
            },
            "End": {"Type": "Succeed"},
        },
    }
    with state_machine(tables, definition) as machine:
        yield Runs(tables, machine, queue)


def test_redrive_continues_the_same_execution_at_the_failed_state(runs: Runs) -> None:
    arn = runs.start()
    failed = runs.await_end(arn)
    before = runs.history(arn)
    runs.repair()

    runs.client.redrive_execution(executionArn=arn)

    redriven = runs.await_end(arn)
    assert (failed["status"], redriven["status"]) == ("FAILED", "SUCCEEDED")
    assert (failed["redriveCount"], redriven["redriveCount"]) == (0, 1)
    assert (failed["redriveStatus"], redriven["redriveStatus"]) == ("REDRIVABLE", "NOT_REDRIVABLE")
    assert redriven["redriveDate"] >= failed["stopDate"]
    assert redriven["startDate"] == failed["startDate"]
    assert json.loads(redriven["output"]) == {"order": "first", "begun": True}
    assert "error" not in redriven
    assert runs.messages() == ["first"]
    history = runs.history(arn)
    assert history[: len(before)] == before
    assert [it["type"] for it in history[len(before) :]] == [
        "ExecutionRedriven",
        "TaskScheduled",
        "TaskSucceeded",
        "TaskStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
    ]
    assert history[len(before)]["executionRedrivenEventDetails"] == {"redriveCount": 1}
    assert [it["id"] for it in history] == [*range(1, len(history) + 1)]


def test_execution_that_fails_again_can_be_redriven_again(runs: Runs) -> None:
    arn = runs.start()
    runs.await_end(arn)

    for count in (1, 2):
        runs.client.redrive_execution(executionArn=arn)
        failed = runs.await_end(arn)
        assert (failed["status"], failed["redriveCount"]) == ("FAILED", count)


def test_repeated_redrive_with_the_same_token_changes_nothing(runs: Runs) -> None:
    arn = runs.start()
    runs.await_end(arn)
    runs.repair()

    answers = [
        runs.client.redrive_execution(executionArn=arn, clientToken="one")["redriveDate"]
        for _ in range(2)
    ]

    assert runs.await_end(arn)["redriveCount"] == 1
    assert answers[0] == answers[1]
    assert runs.messages() == ["first"]


def refusal_of(runs: Runs, arn: str) -> str:
    with pytest.raises(ClientError) as refused:
        runs.client.redrive_execution(executionArn=arn)
    assert refused.value.response["Error"]["Code"] == "ExecutionNotRedrivable"
    assert runs.client.describe_execution(executionArn=arn)["redriveStatus"] == "NOT_REDRIVABLE"
    return refused.value.response["Error"]["Message"]


def test_succeeded_execution_is_not_redriven(runs: Runs) -> None:
    runs.repair()
    arn = runs.start()
    runs.await_end(arn)

    assert refusal_of(runs, arn) == "Execution is SUCCEEDED and cannot be redriven"


def test_changed_definition_is_not_redriven(runs: Runs) -> None:
    """AWS would continue with the old definition, which the emulator no longer has."""
    arn = runs.start()
    runs.await_end(arn)
    definition = runs.client.describe_state_machine(stateMachineArn=runs.machine)["definition"]
    runs.client.update_state_machine(stateMachineArn=runs.machine, definition=definition)

    assert refusal_of(runs, arn) == "The state machine was changed since the execution began"


def test_unknown_execution_is_not_redriven(runs: Runs) -> None:
    with pytest.raises(runs.client.exceptions.ExecutionDoesNotExist):
        runs.client.redrive_execution(executionArn=f"{runs.machine}:unknown")


def test_aborted_execution_continues_in_its_state_and_only_once(tables: LocalCloud) -> None:
    """The stopped wait of the emulator ends later; it must not enter the next state too."""
    client = tables.client("stepfunctions")
    with waiting_state_machine(tables) as machine:
        name = start_waiting(tables, machine, wait=1)
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
        await_event(client, arn, "WaitStateEntered")
        client.stop_execution(executionArn=arn)

        client.redrive_execution(executionArn=arn)
        running = client.describe_execution(executionArn=arn)
        finished = await_status(client, arn, "SUCCEEDED")
        time.sleep(0.2)
        kinds = [it["type"] for it in client.get_execution_history(executionArn=arn)["events"]]

    assert running["redriveStatusReason"] == "Execution is RUNNING and cannot be redriven"
    assert finished["redriveCount"] == 1
    assert "Stopped" not in finished.get("error", "")
    assert kinds[-6:] == [
        "ExecutionAborted",
        "ExecutionRedriven",
        "WaitStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
    ]


def test_history_of_a_stopped_execution_ends_with_its_stop(tables: LocalCloud) -> None:
    client = tables.client("stepfunctions")
    with waiting_state_machine(tables) as machine:
        name = start_waiting(tables, machine, wait=1)
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
        await_event(client, arn, "WaitStateEntered")

        client.stop_execution(executionArn=arn)
        time.sleep(1.2)

        history = client.get_execution_history(executionArn=arn)["events"]
        assert [it["type"] for it in history[-2:]] == ["WaitStateEntered", "ExecutionAborted"]


def test_redriven_execution_can_be_stopped(tables: LocalCloud) -> None:
    client = tables.client("stepfunctions")
    with waiting_state_machine(tables) as machine:
        name = start_waiting(tables, machine)
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
        await_event(client, arn, "WaitStateEntered")
        client.stop_execution(executionArn=arn)
        client.redrive_execution(executionArn=arn)

        client.stop_execution(executionArn=arn)

        assert client.describe_execution(executionArn=arn)["status"] == "ABORTED"


def test_fail_state_is_entered_again_and_fails_again(tables: LocalCloud) -> None:
    client = tables.client("stepfunctions")
    definition = {"StartAt": "Stuck", "States": {"Stuck": {"Type": "Fail", "Error": "Stuck"}}}
    with state_machine(tables, definition) as machine:
        arn = client.start_execution(stateMachineArn=machine)["executionArn"]
        await_status(client, arn, "FAILED")

        client.redrive_execution(executionArn=arn)

        failed = await_status(client, arn, "FAILED")
        assert (failed["error"], failed["redriveCount"]) == ("Stuck", 1)


def await_event(client: Any, arn: str, kind: str) -> None:
    deadline = time.monotonic() + 10
    while kind not in [
        it["type"] for it in client.get_execution_history(executionArn=arn)["events"]
    ]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def failed_execution(**fields: Any) -> dict[str, Any]:
    stopped = datetime.now(UTC) - timedelta(days=13)
    return {
        "stateMachineArn": "machine",
        "status": "FAILED",
        "stopDate": stopped.isoformat(),
        "events": [{}],
        "revisionId": "1",
        **fields,
    }


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, ""),
        ({"status": "TIMED_OUT"}, ""),
        ({"status": "RUNNING"}, "Execution is RUNNING and cannot be redriven"),
        ({"events": [{}] * 24_998}, ""),
        ({"events": [{}] * 24_999}, "Execution history event limit exceeded"),
        ({"stateMachineArn": "deleted"}, "State machine is in DELETING status"),
        (
            {"stopDate": (datetime.now(UTC) - timedelta(days=14, minutes=1)).isoformat()},
            "Execution redrivable period exceeded",
        ),
    ],
)
def test_redrive_is_refused_with_the_reason_of_aws(
    monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], reason: str
) -> None:
    machines = {"machine": {"definition": "{}", "revisionId": "1"}}
    monkeypatch.setattr(MACHINES, machines)

    assert workflow_redrive.refusal(failed_execution(**fields)) == reason


def test_execution_with_variables_is_not_redriven(monkeypatch: pytest.MonkeyPatch) -> None:
    machines = {"machine": {"definition": '{"Assign": {}}', "revisionId": "1"}}
    monkeypatch.setattr(MACHINES, machines)

    reason = workflow_redrive.refusal(failed_execution())

    assert reason == "The emulator does not keep the variables of an execution"


def test_a_task_that_fails_after_a_stop_leaves_the_execution_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    execution = {"status": "ABORTED"}

    def fail(_: object) -> None:
        raise RuntimeError("The task has failed.")

    monkeypatch.setattr(resumed_execution, "_run", fail)
    resumed_execution.continue_execution(execution)

    assert execution == {"status": "ABORTED"}
