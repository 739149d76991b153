"""The executions of an order's workflow: each visit of a state, with its attempts and its data."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from app.aws.step_functions import execution_name
from infra.ops.deployed_stack import DeployedStack

STATE_MACHINE = "AWS::StepFunctions::StateMachine"
MAX_EVENTS = 1000  # of one execution's history
_FAILURES = ("TaskFailed", "LambdaFunctionFailed", "TaskTimedOut", "LambdaFunctionTimedOut")


@dataclass
class StateVisit:
    """``left_at`` is None while the execution is in the state. ``errors`` are failed attempts."""

    name: str
    kind: str
    entered_at: datetime
    left_at: datetime | None = None
    input: str = ""
    output: str = ""
    attempts: int = 0
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Execution:
    """One run of the workflow."""

    name: str
    status: str
    states: list[StateVisit]


def read_executions(stack: DeployedStack, order_id: str, runs: int) -> list[Execution]:
    """The executions of runs 1 to ``runs``; one that no longer exists is left out."""
    arn = next(iter(stack.resources(STATE_MACHINE).values()), "")
    prefix = arn.replace(":stateMachine:", ":execution:")
    names = [execution_name(order_id, run) for run in range(1, runs + 1)]
    found = (_read_execution(stack, f"{prefix}:{name}", name) for name in names)
    return [execution for execution in found if execution is not None]


def _read_execution(stack: DeployedStack, arn: str, name: str) -> Execution | None:
    client = stack.client("stepfunctions")
    try:
        status = client.describe_execution(executionArn=arn)["status"]
        history = client.get_execution_history(executionArn=arn, maxResults=MAX_EVENTS)["events"]
    except ClientError:
        return None
    return Execution(name, status, list(visits(history)))


def visits(history: list[dict[str, Any]]) -> Iterator[StateVisit]:
    """The visits of states in a history of one branch, oldest first."""
    visit: StateVisit | None = None
    for event in history:
        kind = event["type"]
        if kind.endswith("StateEntered"):
            details = event["stateEnteredEventDetails"]
            kind = kind.removesuffix("StateEntered")
            at = event["timestamp"]
            visit = StateVisit(details["name"], kind, at, input=details.get("input", ""))
            yield visit
        elif visit is not None:
            _add_event(visit, kind, event)


def _add_event(visit: StateVisit, kind: str, event: dict[str, Any]) -> None:
    if kind.endswith("StateExited"):
        visit.left_at = event["timestamp"]
        visit.output = event["stateExitedEventDetails"].get("output", "")
    elif kind in ("TaskScheduled", "LambdaFunctionScheduled"):
        visit.attempts += 1
    elif kind in _FAILURES:
        details: dict[str, Any] = next(
            (it for key, it in event.items() if key.endswith("EventDetails")), {}
        )
        visit.errors.append(f"{details.get('error', kind)}: {details.get('cause', '')}"[:500])
