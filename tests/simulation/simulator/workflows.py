"""Step Functions: interprets the workflow's definition, with retries, catchers and timeouts."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from infra.build.bundles import ROOT
from tests.simulation.simulator.dynamodb import parameter
from tests.simulation.simulator.expressions import (
    EvaluationError,
    evaluate_expression,
    evaluate_template,
    kebab_case,
    matches,
)
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
RUNNING, SUCCEEDED, FAILED = "RUNNING", "SUCCEEDED", "FAILED"
TIMED_OUT, ABORTED = "TIMED_OUT", "ABORTED"
SERVICE = "stepfunctions"

type Data = dict[str, Any]


class Parameters(NamedTuple):
    """The template parameters of the workflow."""

    ChargeMaxAttempts: int
    ReviewSeconds: int
    WorkflowSeconds: int


# Shorter than in production, so that short runs see each timeout.
PARAMETERS = {"ChargeMaxAttempts": 6, "ReviewSeconds": 900, "WorkflowSeconds": 7_200}


@cache
def production_parameters() -> Parameters:
    return Parameters(*(parameter({"Ref": name}) for name in Parameters._fields))


@cache
def state_machine(parameters: Parameters | None = None) -> Data:
    """The definition with these parameters, or with ``PARAMETERS``."""
    text = (ROOT / "workflow/fulfill_order.asl.yaml").read_text()
    for name, number in (parameters._asdict() if parameters else PARAMETERS).items():
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
    machine: Data
    on_end: Callable[["Execution"], object]
    on_step: Callable[[str, str], object]  # receives each step that begins, and the order's id
    status: str = RUNNING
    state: str = ""
    started_at: datetime | None = None
    attempt: int = 0  # counts the attempts of all states; late answers carry an earlier number
    token: str = ""
    variables: Data = field(default_factory=dict)  # set by `Assign`
    retries: Counter[int] = field(default_factory=Counter)  # of the current state, by retrier

    def start(self) -> None:
        self.started_at = self.scheduler.now
        timeout = self.machine["TimeoutSeconds"]
        self.scheduler.after(timeout, lambda: self.end(TIMED_OUT), background=True)
        self._enter(self.machine["StartAt"], self.input)

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
        if outage := self.faults.outage_of(SERVICE, self.scheduler.now):
            remaining = (outage.end - self.scheduler.now).total_seconds()
            self.scheduler.after(remaining, lambda: self._enter(state, state_input))
            return
        self.state, self.retries = state, Counter()
        self.scheduler.log(f"workflow {self.name}: {state}")
        kind = self._definition["Type"]
        steps: dict[str, Callable[[Data], object]] = {
            "Task": self._run_task,
            "Choice": self._choose,
            "Wait": self._wait,
            "Pass": self._pass,
            "Succeed": lambda _: self.end(SUCCEEDED),
            "Fail": lambda _: self.end(FAILED),
        }
        steps[kind](state_input)

    @property
    def _definition(self) -> Data:
        definition: Data = self.machine["States"][self.state]
        return definition

    def _evaluate(self, template: Any, state_input: Data, **others: Data) -> Any:
        return evaluate_template(template, self._states(state_input, **others), self.variables)

    def _assign(self, definition: Data, state_input: Data, **others: Data) -> None:
        if "Assign" in definition:
            self.variables |= self._evaluate(definition["Assign"], state_input, **others)

    def _choose(self, state_input: Data) -> None:
        states = self._states(state_input)
        for choice in self._definition["Choices"]:
            if evaluate_expression(choice["Condition"], states, self.variables):
                self._assign(choice, state_input)
                output = self._evaluate(choice.get("Output", state_input), state_input)
                return self._enter(choice["Next"], output)
        self._assign(self._definition, state_input)
        return self._enter(self._definition["Default"], state_input)

    def _wait(self, state_input: Data) -> None:
        definition = self._definition
        if "Seconds" in definition:
            seconds = float(self._evaluate(definition["Seconds"], state_input))
        else:
            until = datetime.fromisoformat(self._evaluate(definition["Timestamp"], state_input))
            seconds = max(0.0, (until - self.scheduler.now).total_seconds())
        output = self._evaluate(definition.get("Output", state_input), state_input)
        self._assign(definition, state_input)
        self.scheduler.after(seconds, lambda: self._enter(definition["Next"], output))

    def _pass(self, state_input: Data) -> None:
        definition = self._definition
        output = self._evaluate(definition.get("Output", state_input), state_input)
        self._assign(definition, state_input)
        self._enter(definition["Next"], output)

    def _run_task(self, state_input: Data) -> None:
        self.attempt += 1
        attempt, definition = self.attempt, self._definition
        self.state_input, self.token = state_input, f"{self.name}/{attempt}"
        arguments = definition["Arguments"]
        payload = self._evaluate(arguments["Payload"], state_input)
        name = re.findall(r"\$\{(\w+)Function\}", arguments["FunctionName"])[0]
        self.on_step(name, self.input["order_id"])
        invocation = self.scheduler.invoke(
            f"{kebab_case(name)} {self.name[-6:]}",
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
        self.attempt, definition = self.attempt + 1, self._definition
        try:
            template = definition.get("Output", self.state_input)
            output = self._evaluate(template, self.state_input, result=result)
        except EvaluationError:
            return self._fail("States.QueryEvaluationError")
        self._assign(definition, self.state_input, result=result)
        if definition.get("End"):
            return self.end(SUCCEEDED)
        return self._enter(definition["Next"], output)

    def _fail(self, error: str) -> None:
        self.attempt += 1
        for number, retrier in enumerate(self._definition.get("Retry", ())):
            if matches(retrier["ErrorEquals"], error):
                if self.retries[number] < retrier["MaxAttempts"]:
                    return self._schedule_retry(retrier, number)
                break
        for catcher in self._definition.get("Catch", ()):
            if matches(catcher["ErrorEquals"], error):
                details = {"Error": error, "Cause": error}
                template = catcher.get("Output", self.state_input)
                output = self._evaluate(template, self.state_input, errorOutput=details)
                self._assign(catcher, self.state_input, errorOutput=details)
                return self._enter(catcher["Next"], output)
        return self.end(FAILED)

    def _schedule_retry(self, retrier: Data, number: int) -> None:
        delay = retrier["IntervalSeconds"] * retrier["BackoffRate"] ** self.retries[number]
        delay = min(delay, retrier.get("MaxDelaySeconds", delay))
        if retrier.get("JitterStrategy") == "FULL":
            delay *= self.scheduler.random.random()
        self.retries[number] += 1
        attempt = self.attempt
        self.scheduler.after(delay, lambda: self._retry(attempt))

    def _retry(self, attempt: int) -> None:
        if attempt == self.attempt and self.status == RUNNING:
            self._run_task(self.state_input)

    def _states(self, state_input: Data, **others: Data) -> Data:
        """The content of ``$states``."""
        context = {
            "Execution": {"Input": self.input, "Name": self.name},
            "Task": {"Token": self.token},
            "State": {"Name": self.state, "EnteredTime": self.scheduler.now.isoformat()},
        }
        return {"input": state_input, "context": context, **others}


class Workflows:
    """All executions by name. A name stays in use after its execution has ended."""

    def __init__(
        self, scheduler: Scheduler, faults: Faults, notify: Callable[[str], object]
    ) -> None:
        self._scheduler, self._faults, self._notify = scheduler, faults, notify
        self.executions: dict[str, Execution] = {}
        self.on_step: Callable[[str, str], object] = lambda *_: None
        self.on_start: Callable[[Execution], object] = lambda _: None
        self.parameters: Parameters | None = None

    def start(self, name: str, execution_input: str) -> bool:
        """Start an execution. False if one of this name has ended, or runs with another input.

        Starting a running execution again, with the same input, succeeds and changes nothing.
        https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
        """
        decoded = json.loads(execution_input)
        if known := self.executions.get(name):
            return known.status == RUNNING and known.input == decoded
        execution = Execution(
            name,
            decoded,
            self._scheduler,
            self._faults,
            state_machine(self.parameters),
            self._notify_if_failed,
            self.on_step,
        )
        self.executions[name] = execution
        random = self._scheduler.random
        self._scheduler.after(random.uniform(0, 0.3), execution.start)
        self._scheduler.after(0, lambda: self.on_start(execution))
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
            begin, end = execution.started_at or self._scheduler.now, self._scheduler.now
            detail = {
                "name": execution.name,
                "status": execution.status,
                "startDate": int(begin.timestamp() * 1000),
                "stopDate": int(end.timestamp() * 1000),
            }
            self._notify(json.dumps({"detail": detail}))
