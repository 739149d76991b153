"""W12 and W13: no step of a workflow hangs or fails unheard, and no execution ends unheard."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.template_lint.findings import Finding
from tests.template_lint.wiring import MACHINE, QUEUE, RULE, Properties, Wiring

type Definition = Mapping[str, Any]

BUSY = (
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
)
FEWEST_TRIES = 3
ENDED_BADLY = {"FAILED", "TIMED_OUT", "ABORTED"}  # runs no Catch: only a rule hears of it


def tasks_in(workflow: Definition) -> Iterator[tuple[str, Definition]]:
    for name, state in workflow["States"].items():
        if state["Type"] == "Task":
            yield name, state


def called_by(workflow: Definition) -> Iterator[str]:
    for _, task in tasks_in(workflow):
        yield str(task["Arguments"]["FunctionName"])


def ends_and_tries_again(wiring: Wiring) -> Iterator[Finding]:
    for machine, workflow in wiring.workflows.items():
        if not workflow.get("TimeoutSeconds"):
            yield Finding(machine, "may run for a year: set TimeoutSeconds.", "workflow")
        for name, task in tasks_in(workflow):
            for advice in (*_limits(task), *_tries(task), *_ways_out(workflow, task)):
                yield Finding(machine, f"step {name!r} {advice}", name)


def _limits(task: Definition) -> Iterator[str]:
    if not task.get("TimeoutSeconds"):
        yield "may hang for ever: set TimeoutSeconds."


def _tries(task: Definition) -> Iterator[str]:
    for error in BUSY:
        if _tries_after(task, error) < FEWEST_TRIES:
            yield f"gives up when Lambda is busy: retry {error} {FEWEST_TRIES} times or more."
    # To wait for somebody's yes until the time is over is an answer, and not a failure.
    if not task["Resource"].endswith(".waitForTaskToken"):
        for error in ("States.Timeout", "States.TaskFailed"):
            if _tries_after(task, error) < FEWEST_TRIES:
                yield f"gives up at once: retry {error} {FEWEST_TRIES} times or more."


def _tries_after(task: Definition, error: str) -> int:
    """The first retrier that names an error decides; without a growing pause it is none."""
    for it in task.get("Retry", []):
        if error in it["ErrorEquals"]:
            grows = it.get("BackoffRate", 2.0) > 1 and it.get("IntervalSeconds", 1) >= 1
            return int(it.get("MaxAttempts", 3)) if grows else 0
    return 0


def _ways_out(workflow: Definition, task: Definition) -> Iterator[str]:
    caught = [it for it in task.get("Catch", []) if "States.ALL" in it["ErrorEquals"]]
    if not caught:
        yield "fails the whole execution: add a Catch for States.ALL."
    for it in caught:
        if workflow["States"][it["Next"]]["Type"] not in ("Task", "Fail"):
            yield "ends well after a failure: let Catch lead to a step that knows what to do."


def is_heard_when_it_ends_badly(wiring: Wiring) -> Iterator[Finding]:
    for machine, _ in wiring.of(MACHINE):
        heard = {
            status
            for _, rule in wiring.of(RULE)
            if _is_about(wiring, rule, machine)
            for status in rule["EventPattern"]["detail"].get("status", ENDED_BADLY)
        }
        for status in sorted(ENDED_BADLY - heard):
            yield Finding(
                machine,
                f"may end {status} unheard, since no Catch runs then: let an AWS::Events::Rule on "
                "its status changes send to a queue with a worker.",
                status,
            )


def _is_about(wiring: Wiring, rule: Properties, machine: str) -> bool:
    pattern = rule.get("EventPattern", {})
    about = [wiring.named(it) for it in pattern.get("detail", {}).get("stateMachineArn", [])]
    return (
        pattern.get("source") == ["aws.states"]
        and pattern.get("detail-type") == ["Step Functions Execution Status Change"]
        and machine in about
        and rule.get("State", "ENABLED") == "ENABLED"
        and any(_is_read(wiring, it["Arn"]) for it in rule.get("Targets", []))
    )


def _is_read(wiring: Wiring, queue: str) -> bool:
    sources = (it["EventSourceArn"] for _, it in wiring.mappings(QUEUE))
    return wiring.named(queue) in map(wiring.named, sources)
