"""Timeouts and retries of SDK, functions, queues and workflow fit into each other."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from app.aws.clients import CLIENT_CONFIG, EMAIL_CONFIG
from app.emails.send_leases import LEASE_DURATION
from app.persistence.dynamodb import BACKGROUND, INTERACTIVE
from infra.build.bundles import ROOT
from infra.local.packaging import Template, read_template
from tests.simulation.simulator.faults import MAX_CLOCK_SKEW
from workers.batch import MIN_REMAINING_MS
from workers.retry_policy import (
    MAX_BACKOFF_SECONDS,
    MAX_DOUBLINGS,
    MAX_MESSAGE_AGE,
    MAX_RECEIVE_COUNT,
)

TEMPLATE = read_template(ROOT / "infra/template.yaml")
WORKFLOW = yaml.safe_load((ROOT / "workflow/fulfill_order.asl.yaml").read_text())
API_GATEWAY_TIMEOUT = 30
MAX_INTERACTIVE_SECONDS = 3
RESERVED = "ReservedConcurrentExecutions"
DEFAULT_TIMEOUT = TEMPLATE["Globals"]["Function"]["Timeout"]


def logical_id_of(reference: Any) -> str:
    """The logical id in ``!GetAtt Name.Arn`` or ``!Ref Name``."""
    target = reference.get("Fn::GetAtt") or reference["Ref"]
    return str(target[0] if isinstance(target, list) else target.partition(".")[0])


def properties(name: str) -> Template:
    resource: dict[str, Template] = TEMPLATE["Resources"][name]
    return resource["Properties"]


def resources(kind: str) -> Iterator[tuple[str, Template]]:
    for name, resource in TEMPLATE["Resources"].items():
        if resource["Type"] == kind:
            yield name, resource["Properties"]


def timeout(function: str) -> int:
    return int(properties(function).get("Timeout", DEFAULT_TIMEOUT))


QUEUE_MAPPINGS = [
    it
    for _, it in resources("AWS::Lambda::EventSourceMapping")
    if logical_id_of(it["EventSourceArn"]).endswith("Queue")
]
TASKS = {name: it for name, it in WORKFLOW["States"].items() if it["Type"] == "Task"}


def queue_of(mapping: Template) -> Template:
    return properties(logical_id_of(mapping["EventSourceArn"]))


@pytest.mark.parametrize(
    "mapping", QUEUE_MAPPINGS, ids=lambda it: logical_id_of(it["EventSourceArn"])
)
def test_visibility_timeout_is_six_times_the_worker_timeout(
    mapping: Template,
) -> None:
    assert queue_of(mapping)["VisibilityTimeout"] >= 6 * timeout(
        logical_id_of(mapping["FunctionName"])
    )


@pytest.mark.parametrize(
    "mapping", QUEUE_MAPPINGS, ids=lambda it: logical_id_of(it["EventSourceArn"])
)
def test_worker_gives_up_before_its_queue_does(mapping: Template) -> None:
    queue = queue_of(mapping)
    visibility, retention = queue["VisibilityTimeout"], queue["MessageRetentionPeriod"]
    give_up = MAX_MESSAGE_AGE.total_seconds()
    attempts = MAX_DOUBLINGS + give_up / (MAX_BACKOFF_SECONDS * 0.75)

    assert queue["RedrivePolicy"]["maxReceiveCount"] == MAX_RECEIVE_COUNT
    assert attempts < MAX_RECEIVE_COUNT
    assert give_up < MAX_RECEIVE_COUNT * visibility < retention
    assert give_up + MAX_BACKOFF_SECONDS + visibility < retention


@pytest.mark.parametrize(
    "mapping", QUEUE_MAPPINGS, ids=lambda it: logical_id_of(it["EventSourceArn"])
)
def test_dead_letter_queue_retains_messages_longer_than_its_source_queue(
    mapping: Template,
) -> None:
    queue = queue_of(mapping)
    dead = properties(logical_id_of(queue["RedrivePolicy"]["deadLetterTargetArn"]))

    assert dead["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]


@pytest.mark.parametrize(
    "mapping", QUEUE_MAPPINGS, ids=lambda it: logical_id_of(it["EventSourceArn"])
)
def test_worker_reports_batch_item_failures_with_limited_concurrency(
    mapping: Template,
) -> None:
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    most = mapping["ScalingConfig"]["MaximumConcurrency"]
    if isinstance(most, dict) and most["Fn::If"][0] != "IsProduction":
        # A function with reserved concurrency uses no more than that.
        _, kept_free, most = most["Fn::If"]
        assert (
            kept_free == properties(logical_id_of(mapping["FunctionName"]))[RESERVED]["Fn::If"][1]
        )
    numbers = most["Fn::If"][1:] if isinstance(most, dict) else [most]  # production and demo
    assert all(2 <= number <= 20 for number in numbers)


def test_every_queue_has_a_dead_letter_queue_or_is_one() -> None:
    for name, queue in resources("AWS::SQS::Queue"):
        assert name.endswith("DeadLetterQueue") or "RedrivePolicy" in queue


def aws_call_seconds() -> float:
    """The longest time until a call of boto3 fails when AWS never answers."""
    return max(call_seconds(it) for it in (CLIENT_CONFIG, EMAIL_CONFIG))


def call_seconds(limits: Any) -> float:  # botocore defines the attributes at run time
    attempts = limits.retries["total_max_attempts"]
    backoff = sum(2**n for n in range(attempts - 1))
    return float((limits.connect_timeout + limits.read_timeout) * attempts + backoff)


def test_aws_call_with_all_retries_ends_before_its_function_times_out() -> None:
    shortest = min(timeout(name) for name, _ in resources("AWS::Serverless::Function"))

    assert max(BACKGROUND.worst_case_seconds, aws_call_seconds()) < shortest


def test_interactive_request_gives_up_on_dynamodb_within_three_seconds() -> None:
    interactive = {
        name: it.get("Environment", {}).get("Variables", {}).get("INTERACTIVE_TIMEOUTS")
        for name, it in resources("AWS::Serverless::Function")
    }

    assert INTERACTIVE.worst_case_seconds <= MAX_INTERACTIVE_SECONDS
    assert {name: value for name, value in interactive.items() if value} == {
        "WebFunction": {"Ref": "InteractiveTimeouts"},
        "AdminFunction": {"Ref": "InteractiveTimeouts"},
    }
    assert TEMPLATE["Parameters"]["InteractiveTimeouts"]["Default"] == "true"


@pytest.mark.parametrize("function", ["WebFunction", "AdminFunction"])
def test_function_of_the_api_times_out_before_api_gateway(function: str) -> None:
    assert timeout(function) < API_GATEWAY_TIMEOUT


def test_batch_is_returned_while_one_more_call_fits() -> None:
    slowest = max(BACKGROUND.worst_case_seconds, aws_call_seconds())

    assert slowest * 1000 < MIN_REMAINING_MS < DEFAULT_TIMEOUT * 1000


def test_send_lease_outlives_its_worker_and_the_error_of_two_clocks() -> None:
    clock_errors = 2 * MAX_CLOCK_SKEW.total_seconds()

    assert timeout("EmailWorkerFunction") + clock_errors <= LEASE_DURATION.total_seconds()
    assert LEASE_DURATION.total_seconds() < MAX_BACKOFF_SECONDS


@pytest.mark.parametrize("name", TASKS)
def test_every_workflow_task_has_a_timeout_and_catches_all_errors(name: str) -> None:
    task = TASKS[name]

    assert task["TimeoutSeconds"]
    assert task["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
    assert "Lambda.TooManyRequestsException" in task["Retry"][0]["ErrorEquals"]


def test_workflow_timeout_exceeds_review_and_packing_together() -> None:
    usual = {name: it.get("Default") for name, it in TEMPLATE["Parameters"].items()}

    assert usual["WorkflowSeconds"] > usual["ReviewSeconds"] + usual["PackingSeconds"]
