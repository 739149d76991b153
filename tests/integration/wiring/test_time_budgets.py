"""Time limits and tries of SDK, functions, queues and workflow, each fitting into the next."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from app.aws.clients import CLIENT_CONFIG
from app.emails.delivery import LEASE_DURATION
from app.persistence.dynamodb import BACKGROUND, INTERACTIVE
from infra.build.bundles import ROOT
from infra.local.packaging import Template, read
from workers.batch import MIN_REMAINING_MS
from workers.retry_policy import MIN_BACKOFF_SECONDS, MAX_RECEIVE_COUNT, MAX_BACKOFF_SECONDS

TEMPLATE = read(ROOT / "infra/template.yaml")
WORKFLOW = yaml.safe_load((ROOT / "workflow/fulfill_order.asl.yaml").read_text())
API_GATEWAY_GIVES_UP = 30
LONGEST_SILENCE = 3
RESERVED = "ReservedConcurrentExecutions"
USUAL_TIMEOUT = TEMPLATE["Globals"]["Function"]["Timeout"]


def named(reference: Any) -> str:
    """The logical id in `!GetAtt Name.Arn` or `!Ref Name`."""
    found = reference.get("Fn::GetAtt") or reference["Ref"]
    return str(found[0] if isinstance(found, list) else found.partition(".")[0])


def properties(name: str) -> Template:
    found: Template = TEMPLATE["Resources"][name]["Properties"]
    return found


def resources(kind: str) -> Iterator[tuple[str, Template]]:
    for name, resource in TEMPLATE["Resources"].items():
        if resource["Type"] == kind:
            yield name, resource["Properties"]


def timeout(function: str) -> int:
    return int(properties(function).get("Timeout", USUAL_TIMEOUT))


FROM_QUEUES = [
    it
    for _, it in resources("AWS::Lambda::EventSourceMapping")
    if named(it["EventSourceArn"]).endswith("Queue")
]
TASKS = {name: it for name, it in WORKFLOW["States"].items() if it["Type"] == "Task"}


def queue_of(mapping: Template) -> Template:
    return properties(named(mapping["EventSourceArn"]))


@pytest.mark.parametrize("mapping", FROM_QUEUES, ids=lambda it: named(it["EventSourceArn"]))
def test_a_queue_hides_a_message_six_times_as_long_as_its_worker_may_take(
    mapping: Template,
) -> None:
    assert queue_of(mapping)["VisibilityTimeout"] >= 6 * timeout(named(mapping["FunctionName"]))


@pytest.mark.parametrize("mapping", FROM_QUEUES, ids=lambda it: named(it["EventSourceArn"]))
def test_worker_and_queue_mean_the_same_last_try(mapping: Template) -> None:
    queue = queue_of(mapping)
    pauses = [min(MAX_BACKOFF_SECONDS, MIN_BACKOFF_SECONDS * 2**tries) for tries in range(1, MAX_RECEIVE_COUNT)]

    assert queue["RedrivePolicy"]["maxReceiveCount"] == MAX_RECEIVE_COUNT
    assert sum(pauses) + MAX_RECEIVE_COUNT * queue["VisibilityTimeout"] < queue["MessageRetentionPeriod"]


@pytest.mark.parametrize("mapping", FROM_QUEUES, ids=lambda it: named(it["EventSourceArn"]))
def test_dead_letters_outlive_their_queue_which_counts_from_the_same_moment(
    mapping: Template,
) -> None:
    queue = queue_of(mapping)
    dead = properties(named(queue["RedrivePolicy"]["deadLetterTargetArn"]))

    assert dead["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]


@pytest.mark.parametrize("mapping", FROM_QUEUES, ids=lambda it: named(it["EventSourceArn"]))
def test_a_worker_reports_single_failures_and_may_not_crowd_out_the_others(
    mapping: Template,
) -> None:
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    most = mapping["ScalingConfig"]["MaximumConcurrency"]
    if isinstance(most, dict):  # a function that some are kept free for uses no more than those
        _, kept_free, most = most["Fn::If"]
        assert kept_free == properties(named(mapping["FunctionName"]))[RESERVED]["Fn::If"][1]
    assert 2 <= most <= 5


def test_every_queue_has_dead_letters_or_is_some() -> None:
    for name, queue in resources("AWS::SQS::Queue"):
        assert name.endswith("DeadLetters") or "RedrivePolicy" in queue


def test_a_call_with_all_its_tries_ends_before_its_function_does() -> None:
    limits: Any = CLIENT_CONFIG  # its attributes are made at run time
    to_aws = (limits.connect_timeout + limits.read_timeout) * limits.retries["total_max_attempts"]
    shortest = min(timeout(name) for name, _ in resources("AWS::Serverless::Function"))

    assert max(BACKGROUND.worst_case_seconds, to_aws) < shortest


def test_whoever_waits_for_a_page_is_told_within_three_seconds_that_the_store_is_silent() -> None:
    told = {
        name: it.get("Environment", {}).get("Variables", {}).get("INTERACTIVE_TIMEOUTS")
        for name, it in resources("AWS::Serverless::Function")
    }

    assert INTERACTIVE.worst_case_seconds <= LONGEST_SILENCE
    assert {name: waits for name, waits in told.items() if waits} == {
        "WebFunction": {"Ref": "InteractiveTimeouts"}
    }
    assert TEMPLATE["Parameters"]["InteractiveTimeouts"]["Default"] == "true"


def test_the_web_function_ends_before_api_gateway_gives_up() -> None:
    assert timeout("WebFunction") < API_GATEWAY_GIVES_UP


def test_a_batch_is_handed_back_while_there_is_time_for_one_more_call() -> None:
    assert (BACKGROUND.connect_seconds + BACKGROUND.read_seconds) * 1000 < MIN_REMAINING_MS < USUAL_TIMEOUT * 1000


def test_a_claim_on_a_letter_outlives_its_worker_and_ends_before_the_last_try() -> None:
    until_the_last_try = sum(MIN_BACKOFF_SECONDS * 2**tries for tries in range(1, MAX_RECEIVE_COUNT)) * 0.75

    assert timeout("EmailWorkerFunction") < LEASE_DURATION.total_seconds() < until_the_last_try


@pytest.mark.parametrize("name", TASKS)
def test_every_task_ends_at_last_and_leads_to_a_person(name: str) -> None:
    task = TASKS[name]

    assert task["TimeoutSeconds"]
    assert task["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
    assert "Lambda.TooManyRequestsException" in task["Retry"][0]["ErrorEquals"]


def test_a_workflow_outlasts_the_longest_review_and_packing_together() -> None:
    usual = {name: it.get("Default") for name, it in TEMPLATE["Parameters"].items()}

    assert usual["WorkflowSeconds"] > usual["ReviewSeconds"] + usual["PackingSeconds"]
