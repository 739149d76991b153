"""Step Functions: interprets the workflow's definition, with retries, catchers and timeouts."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from infra.build.bundles import ROOT
from tests.simulation.simulator.faults import Faults
from tests.simulation.simulator.scheduler import Outcome, Scheduler
from workflow import charge, open_issue, refund, release, review, ship

FUNCTIONS: dict[str, Callable[[dict[str, Any], object], Any]] = {
    "Charge": charge.handler,
    "Review": review.handler,
    "Ship": ship.handler,
    "Refund": refund.handler,
    "Release": release.handler,
    "OpenIssue": open_issue.handler,
}
PARAMETERS = {"ChargeMaxAttempts": 6, "ReviewSeconds": 900, "WorkflowSeconds": 7_200}
RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED = (
    "RUNNING",
    "SUCCEEDED",
    "FAILED",
    "TIMED_OUT",
    "ABORTED",
)

type Data = dict[str, Any]


@cache
def state_machine() -> Data:
    text = (ROOT / "workflow/fulfill_order.asl.yaml").read_text()
    for name, number in PARAMETERS.items():
        text = text.replace("${" + name + "}", str(number))
    definition: Data = yaml_parse(text)
    return definition


@dataclass
class Execution:
    """One execution of the workflow. It ignores answers of tasks that have timed out."""

    name: str
    input: Data
    scheduler: Scheduler
    faults: Faults
    on_end: Callable[["Execution"], object]
    on_step: Callable[[str, str], object]  # receives each step that begins, and the order's id
    status: str = RUNNING
    state: str = ""
    attempt: int = 0  # counts the attempts of all states; late answers carry an earlier number
    token: str = ""
    retries: Counter[int] = field(default_factory=Counter)  # of the current state, by retrier

    def start(self) -> None:
        timeout = state_machine()["TimeoutSeconds"]
        self.scheduler.after(timeout, lambda: self.end(TIMED_OUT), background=True)
        self._enter(state_machine()["StartAt"], self.input)

    def end(self, status: str) -> None:
        if self.status == RUNNING:
            self.status = status
            self.scheduler.log(f"workflow {self.name}: {status}")
            self.on_end(self)

    def resume(self) -> None:
        self._succeed({})

    def _enter(self, state: str, state_input: Data) -> None:
        if self.status != RUNNING:
            return
        self.state, self.retries = state, Counter()
        self.scheduler.log(f"workflow {self.name}: {state}")
        kind = self._definition["Type"]
        {"Task": self._run_task, "Choice": self._choose, "Wait": self._wait}.get(
            kind, lambda _: self.end(SUCCEEDED if kind == "Succeed" else FAILED)
        )(state_input)

    @property
    def _definition(self) -> Data:
        definition: Data = state_machine()["States"][self.state]
        return definition

    def _choose(self, state_input: Data) -> None:
        variables = self._variables(state_input)
        for choice in self._definition["Choices"]:
            if evaluate_expression(choice["Condition"], variables):
                return self._enter(choice["Next"], state_input)
        return self._enter(self._definition["Default"], state_input)

    def _wait(self, state_input: Data) -> None:
        timestamp = self._definition["Timestamp"]
        until = datetime.fromisoformat(evaluate_expression(timestamp, self._variables(state_input)))
        seconds = max(0.0, (until - self.scheduler.now).total_seconds())
        self.scheduler.after(seconds, lambda: self._enter(self._definition["Next"], state_input))

    def _run_task(self, state_input: Data) -> None:
        self.attempt += 1
        attempt, definition = self.attempt, self._definition
        self.state_input, self.token = state_input, f"{self.name}/{attempt}"
        arguments = definition["Arguments"]
        payload = evaluate_template(arguments["Payload"], self._variables(state_input))
        name = re.findall(r"\$\{(\w+)Function\}", arguments["FunctionName"])[0]
        self.on_step(name, self.input["order_id"])
        invocation = self.scheduler.invoke(
            f"{_kebab_case(name)} {self.name[-6:]}",
            lambda context: FUNCTIONS[name](payload, context),
        )
        invocation.clock_skew = self.faults.clock_skew()
        invocation.on_finish = lambda outcome: self._finish_task(attempt, outcome)
        timeout = definition["TimeoutSeconds"]
        self.scheduler.after(timeout, lambda: self._time_out(attempt), background=True)

    def _time_out(self, attempt: int) -> None:
        if attempt == self.attempt and self.status == RUNNING:
            self._fail("States.Timeout")

    def _finish_task(self, attempt: int, outcome: Outcome) -> None:
        if attempt != self.attempt or self.status != RUNNING:
            return
        if outcome.error:
            self._fail(outcome.error)
        elif "waitForTaskToken" not in self._definition["Resource"]:
            self._succeed({"Payload": outcome.answer})

    def _succeed(self, result: Data) -> None:
        self.attempt += 1
        definition, output = self._definition, self.state_input
        if "Output" in definition:
            variables = self._variables(self.state_input, result=result)
            output = evaluate_template(definition["Output"], variables)
        self._enter(definition["Next"], output)

    def _fail(self, error: str) -> None:
        self.attempt += 1
        for number, retrier in enumerate(self._definition.get("Retry", ())):
            if matches(retrier["ErrorEquals"], error):
                if self.retries[number] < retrier["MaxAttempts"]:
                    return self._schedule_retry(retrier, number)
                break
        for catcher in self._definition.get("Catch", ()):
            if matches(catcher["ErrorEquals"], error):
                variables = self._variables(self.state_input, errorOutput={"Error": error})
                output = evaluate_template(catcher.get("Output", self.state_input), variables)
                return self._enter(catcher["Next"], output)
        return self.end(FAILED)

    def _schedule_retry(self, retrier: Data, number: int) -> None:
        delay = retrier["IntervalSeconds"] * retrier["BackoffRate"] ** self.retries[number]
        delay = min(delay, retrier["MaxDelaySeconds"])
        if retrier.get("JitterStrategy") == "FULL":
            delay *= self.scheduler.random.random()
        self.retries[number] += 1
        attempt = self.attempt
        self.scheduler.after(delay, lambda: self._retry(attempt))

    def _retry(self, attempt: int) -> None:
        if attempt == self.attempt and self.status == RUNNING:
            self._run_task(self.state_input)

    def _variables(self, state_input: Data, **others: Data) -> Data:
        """The content of ``$states``."""
        context = {
            "Execution": {"Input": self.input},
            "Task": {"Token": self.token},
            "State": {"Name": self.state},
        }
        return {"input": state_input, "context": context, **others}


def _kebab_case(name: str) -> str:
    """``OpenIssue`` becomes ``open-issue``, as the template names the function."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def matches(error_equals: list[str], error: str) -> bool:
    """``States.TaskFailed`` matches every error but a timeout, ``States.ALL`` matches all."""
    if "States.ALL" in error_equals or error in error_equals:
        return True
    return "States.TaskFailed" in error_equals and error != "States.Timeout"


def evaluate_template(value: Any, variables: Data) -> Any:
    """Evaluate each expression in a payload or an output."""
    if isinstance(value, dict):
        return {name: evaluate_template(it, variables) for name, it in value.items()}
    return evaluate_expression(value, variables) if isinstance(value, str) else value


@cache
def _parse_expression(expression: str) -> tuple[tuple[str, ...], str | None] | None:
    parsed = re.fullmatch(r"\{% \$states\.([\w.]+)(?: = '(\w+)')? %\}", expression)
    return (tuple(parsed[1].split(".")), parsed[2]) if parsed else None


def evaluate_expression(expression: str, variables: Data) -> Any:
    """The JSONata that this state machine uses: a path, or a comparison of a path with a text."""
    parsed = _parse_expression(expression)
    if not parsed:
        return expression
    path, text = parsed
    value: Any = variables
    for name in path:
        value = value[name]
    return value if text is None else value == text


class Workflows:
    """All executions by name. A name stays in use after its execution has ended."""

    def __init__(
        self, scheduler: Scheduler, faults: Faults, notify: Callable[[str], object]
    ) -> None:
        self._scheduler, self._faults, self._notify = scheduler, faults, notify
        self.executions: dict[str, Execution] = {}
        self.on_step: Callable[[str, str], object] = lambda *_: None

    def start(self, name: str, execution_input: str) -> bool:
        """False if the name is in use; like the emulator, also while that execution runs."""
        if name in self.executions:
            return False
        execution = Execution(
            name,
            json.loads(execution_input),
            self._scheduler,
            self._faults,
            self._notify_if_failed,
            self.on_step,
        )
        self.executions[name] = execution
        random = self._scheduler.random
        self._scheduler.after(random.uniform(0, 0.3), execution.start)
        if self._faults.occurs("workflow aborted", 0.1):
            self._scheduler.after(random.uniform(0, 150), lambda: execution.end(ABORTED))
        return True

    def resume_with_token(self, token: str) -> bool:
        """False if no execution waits with this task token."""
        execution = self.executions.get(token.partition("/")[0])
        if execution is None or execution.status != RUNNING or execution.token != token:
            return False
        if execution.attempt != int(token.partition("/")[2]):
            return False
        self._scheduler.after(0, execution.resume)
        return True

    def _notify_if_failed(self, execution: Execution) -> None:
        """EventBridge reports a failed execution, unless the notification is lost."""
        if execution.status != SUCCEEDED and not self._faults.occurs("notice lost", 0.2):
            detail = {"name": execution.name, "status": execution.status}
            self._notify(json.dumps({"detail": detail}))
