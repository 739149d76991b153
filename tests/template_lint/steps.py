"""W12 and W13: steps have timeouts, retries and a catch, and failed executions are reported."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.template_lint.findings import Finding
from tests.template_lint.wiring import MACHINE, RULE, Properties, Wiring

type Definition = Mapping[str, Any]

TRANSIENT_ERRORS = (
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
)
MIN_ATTEMPTS = 3
OUTCOME = "States.QueryEvaluationError"  # what $error in an Output raises
WILDCARDS = {"States.ALL", "States.TaskFailed"}
FAILED_STATUSES = {"FAILED", "TIMED_OUT", "ABORTED"}  # no Catch runs, so only a rule reports it


def task_states(workflow: Definition) -> Iterator[tuple[str, Definition]]:
    for name, state in workflow["States"].items():
        if state["Type"] == "Task":
            yield name, state


def called_functions(workflow: Definition) -> Iterator[str]:
    for _, task in task_states(workflow):
        yield str(task["Arguments"]["FunctionName"])


def check_steps(wiring: Wiring) -> Iterator[Finding]:
    for machine, workflow in wiring.workflows.items():
        if not workflow.get("TimeoutSeconds"):
            yield Finding(machine, "may run for a year: set TimeoutSeconds.", "workflow")
        for name, task in task_states(workflow):
            for advice in (
                *_check_timeout(task),
                *_check_retry(task),
                *_check_catch(workflow, task),
                *_check_outcomes(task),
            ):
                yield Finding(machine, f"step {name!r} {advice}", name)


def _check_timeout(task: Definition) -> Iterator[str]:
    if not task.get("TimeoutSeconds"):
        yield "can hang forever: set TimeoutSeconds."


def _check_retry(task: Definition) -> Iterator[str]:
    for error in TRANSIENT_ERRORS:
        if _attempts(task, error) < MIN_ATTEMPTS:
            yield f"gives up when Lambda is busy: retry {error} at least {MIN_ATTEMPTS} times."
    errors = ["States.TaskFailed"]
    # The timeout of a step that waits for a task token is a result, not a failure.
    if not task["Resource"].endswith(".waitForTaskToken"):
        errors.append("States.Timeout")
    for error in errors:
        if _attempts(task, error) < MIN_ATTEMPTS:
            yield f"gives up at once: retry {error} at least {MIN_ATTEMPTS} times."


def _attempts(task: Definition, error: str) -> int:
    """The attempts of the first retrier that names the error; 0 without exponential backoff."""
    for retrier in task.get("Retry", []):
        if error in retrier.get("ErrorEquals", ()):
            backs_off = (
                retrier.get("BackoffRate", 2.0) > 1 and retrier.get("IntervalSeconds", 1) >= 1
            )
            return int(retrier.get("MaxAttempts", 3)) if backs_off else 0
    return 0


def _check_catch(workflow: Definition, task: Definition) -> Iterator[str]:
    catchers = [it for it in task.get("Catch", []) if "States.ALL" in it["ErrorEquals"]]
    if not catchers:
        yield "fails the whole execution: add a Catch for States.ALL."
    for catcher in task.get("Catch", []):
        if workflow["States"][catcher["Next"]]["Type"] not in ("Task", "Fail"):
            yield "succeeds after a failure: let Catch lead to a step that handles it."


def _check_outcomes(task: Definition) -> Iterator[str]:
    """An outcome that the Output raises is a result: neither retried nor reported as a failure.

    Of the retriers and catchers, Step Functions takes the first that matches.
    """
    if "$error(" not in str(task.get("Output", "")):
        return
    retrier = _first_match(task.get("Retry", ()))
    if retrier and retrier.get("MaxAttempts", 3) > 0:
        yield f"repeats an outcome: begin with a Retry for {OUTCOME} whose MaxAttempts is 0."
    if OUTCOME not in _first_match(task.get("Catch", ())).get("ErrorEquals", ()):
        yield f"takes an outcome for a failure: begin with a Catch for {OUTCOME}."


def _first_match(handlers: Iterable[Definition]) -> Definition:
    matching = (it for it in handlers if {OUTCOME, *WILDCARDS} & {*it.get("ErrorEquals", ())})
    return next(matching, {})


def check_failed_executions(wiring: Wiring) -> Iterator[Finding]:
    for machine, _ in wiring.of_type(MACHINE):
        reported = {
            status
            for _, rule in wiring.of_type(RULE)
            if _reports_executions_of(wiring, rule, machine)
            for status in rule["EventPattern"]["detail"].get("status", FAILED_STATUSES)
        }
        for status in sorted(FAILED_STATUSES - reported):
            yield Finding(
                machine,
                f"can end {status} without a report, since no Catch runs then: let an "
                "AWS::Events::Rule on its status changes send to a queue with a worker.",
                status,
            )


def _reports_executions_of(wiring: Wiring, rule: Properties, machine: str) -> bool:
    pattern = rule.get("EventPattern", {})
    arns = pattern.get("detail", {}).get("stateMachineArn", [])
    return (
        pattern.get("source") == ["aws.states"]
        and pattern.get("detail-type") == ["Step Functions Execution Status Change"]
        and machine in map(wiring.logical_id, arns)
        and rule.get("State", "ENABLED") == "ENABLED"
        and any(wiring.has_worker(it["Arn"]) for it in rule.get("Targets", []))
    )
