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
UNSUCCESSFUL = ("FAILED", "TIMED_OUT", "ABORTED")
# JSONata's code of an error that an expression raises by $error, as fulfill_order.asl.yaml does.
_RAISED = "D3137: "
_FAILURES = ("TaskFailed", "LambdaFunctionFailed", "TaskTimedOut", "LambdaFunctionTimedOut")


@dataclass
class StateVisit:
    """``left_at`` is None while the execution is in the state. ``errors`` are failed attempts.

    ``route`` is why the state's Output raised an error on purpose, which Catch leads to another
    step: no failure, but how a declined order leaves the usual way. ``events`` are the types of the
    history's events in the state, in their order.
    """

    name: str
    kind: str
    entered_at: datetime
    left_at: datetime | None = None
    input: str = ""
    output: str = ""
    attempts: int = 0
    errors: list[str] = field(default_factory=list)
    route: str = ""
    events: list[tuple[datetime, str]] = field(default_factory=list)

    def seconds(self, until: datetime) -> float:
        return ((self.left_at or until) - self.entered_at).total_seconds()


@dataclass(frozen=True)
class Execution:
    """One run of the workflow. ``is_cut`` is whether its history is longer than what was read."""

    name: str
    status: str
    states: list[StateVisit]
    details: dict[str, Any] = field(default_factory=dict)
    is_cut: bool = False

    @property
    def is_unsuccessful(self) -> bool:
        return self.status in UNSUCCESSFUL

    @property
    def is_redrivable(self) -> bool:
        return str(self.details.get("redriveStatus", "")) == "REDRIVABLE"

    @property
    def fails_again(self) -> bool:
        """A redrive enters a Fail state again; it does not repeat what led there.

        https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
        """
        return self.is_unsuccessful and self.current is not None and self.current.kind == "Fail"

    def after(self, number: int) -> str:
        """The name of the state after the visit with this index, or an empty text."""
        return next((visit.name for visit in self.states[number + 1 :]), "")

    @property
    def current(self) -> StateVisit | None:
        """The state that it is in, or in which it ended without leaving it."""
        return next((it for it in reversed(self.states) if it.left_at is None), None)


def read_executions(stack: DeployedStack, order_id: str, runs: int) -> list[Execution]:
    """The executions of runs 1 to ``runs``; one that no longer exists is left out."""
    arn = next(iter(stack.resources(STATE_MACHINE).values()), "")
    names = [execution_name(order_id, run) for run in range(1, runs + 1)]
    found = (read_execution(stack, arn, name) for name in names)
    return [execution for execution in found if execution is not None]


def read_execution(stack: DeployedStack, machine: str, name: str) -> Execution | None:
    """The execution of this name, or None. ``machine`` is the ARN of the state machine."""
    client = stack.client("stepfunctions")
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
    try:
        details = client.describe_execution(executionArn=arn)
        history = client.get_execution_history(executionArn=arn, maxResults=MAX_EVENTS)
    except ClientError:
        return None
    states = list(visits(history["events"]))
    return Execution(name, details["status"], states, details, "nextToken" in history)


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
            visit.events.append((at, event["type"]))
            yield visit
        elif visit is not None:
            visit.events.append((event["timestamp"], kind))
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
        cause = details.get("cause", "")
        if cause.startswith(_RAISED):
            visit.route = cause.removeprefix(_RAISED)[:500]
        else:
            visit.errors.append(f"{details.get('error', kind)}: {cause}"[:500])
