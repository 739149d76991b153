"""A demo fits a new account and can be deleted; production protects its data."""

import tomllib
from typing import Any

import pytest

from infra.build.bundles import ROOT
from infra.local.packaging import read_template
from tests.template_lint.resolver import Resolver

TEMPLATE = read_template(ROOT / "infra/template.yaml")
EXECUTIONS_OF_A_NEW_ACCOUNT = 10
HOLDS_DATA = ("AWS::DynamoDB::Table", "AWS::S3::Bucket")


def properties(kind: str, **parameters: str) -> dict[str, Any]:
    found = Resolver(TEMPLATE, parameters).resources()
    return {name: it["Properties"] for name, it in found.items() if it["Type"] == kind}


def consumers(**parameters: str) -> int:
    """How many functions the queues alone can keep running."""
    return sum(
        it["ScalingConfig"]["MaximumConcurrency"]
        for it in properties("AWS::Lambda::EventSourceMapping", **parameters).values()
        if "ScalingConfig" in it
    )


def test_consumers_of_a_demo_fit_a_new_account() -> None:
    """Two is the least that AWS takes, and throttled polls count as receives."""
    assert TEMPLATE["Parameters"]["Stage"]["Default"] == "demo"
    assert consumers() <= EXECUTIONS_OF_A_NEW_ACCOUNT < consumers(Stage="production")


@pytest.mark.parametrize(("stage", "batches"), [("demo", 1), ("production", 10)])
def test_stream_is_published_in_parallel_in_production(stage: str, batches: int) -> None:
    """One batch at a time would publish the events of some 15 orders a second."""
    mappings = properties("AWS::Lambda::EventSourceMapping", Stage=stage)

    assert mappings["PublishEventSource"]["ParallelizationFactor"] == batches


def test_throttled_polls_of_hours_move_no_message_to_the_dead_letter_queue() -> None:
    for name, queue in properties("AWS::SQS::Queue").items():
        if "RedrivePolicy" in queue:
            seconds = queue["RedrivePolicy"]["maxReceiveCount"] * queue["VisibilityTimeout"]
            assert seconds >= 3 * 24 * 3_600, name


@pytest.mark.parametrize(("stage", "is_protected"), [("demo", False), ("production", True)])
def test_tables_are_protected_against_deletion_in_production(
    stage: str, is_protected: bool
) -> None:
    tables = properties("AWS::DynamoDB::Table", Stage=stage)

    assert tables
    for name, table in tables.items():
        assert table["DeletionProtectionEnabled"] is is_protected, name


def test_what_holds_data_is_retained_when_it_is_replaced() -> None:
    for name, resource in TEMPLATE["Resources"].items():
        if resource["Type"] in HOLDS_DATA and name != "StaticBucket":  # uploaded with each release
            assert resource["UpdateReplacePolicy"] == "Retain", name


def test_stages_of_sam_are_named_and_tagged_and_hold_no_address() -> None:
    text = (ROOT / "infra/samconfig.toml").read_text()
    stages = {
        name: it["deploy"]["parameters"]
        for name, it in tomllib.loads(text).items()
        if isinstance(it, dict)
    }

    assert {name: it["parameter_overrides"] for name, it in stages.items()} == {
        "default": "Stage=demo",
        "staging": "Stage=demo",
        "production": "Stage=production",
    }
    for stage in stages.values():
        assert stage["tags"] == f"Shop={stage['stack_name']}"  # what BudgetScope=stack counts
    assert "@" not in text
