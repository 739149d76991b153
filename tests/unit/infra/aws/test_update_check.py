"""`shop aws diff` refuses what CloudFormation and DynamoDB refuse, and what would lose data."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]
from typer.testing import CliRunner

from infra.aws.released import IMMUTABLE, read_released, take_snapshot, write_released
from infra.aws.update_check import find_problems
from infra.build.bundles import ROOT
from infra.cli.commands import app
from infra.local.packaging import read_template

TEMPLATE = read_template(ROOT / "infra/template.yaml")
RELEASED = take_snapshot(TEMPLATE)
SAM_TYPES = {
    "AWS::Serverless::Function": "AWS::Lambda::Function",
    "AWS::Serverless::StateMachine": "AWS::StepFunctions::StateMachine",
}
SAM_NAMES = {"StateMachineName": "Name", "StateMachineType": "Type"}
# A replacement of these loses nothing, and AWS names them.
REPLACEABLE = {
    *("AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Stage"),
    *(
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::Events::Rule",
        "AWS::Lambda::EventSourceMapping",
    ),
    *("AWS::Lambda::Permission", "AWS::Lambda::Version"),
    *("AWS::Logs::MetricFilter", "AWS::S3::BucketPolicy"),
    *(
        "AWS::SES::ConfigurationSet",
        "AWS::SES::ConfigurationSetEventDestination",
        "AWS::SNS::Subscription",
        "AWS::SNS::TopicPolicy",
    ),
    *("AWS::SQS::QueuePolicy", "AWS::Budgets::Budget", "AWS::ApiGatewayV2::Api"),
    *("AWS::CloudFront::OriginAccessControl", "AWS::CloudFront::ResponseHeadersPolicy"),
    *("AWS::CloudFront::CachePolicy", "AWS::CloudFront::OriginRequestPolicy"),
    *("AWS::CloudFront::Distribution", "AWS::Route53::RecordSetGroup", "AWS::XRay::ResourcePolicy"),
}


def changed(change: Callable[[Any], object]) -> list[str]:
    """The problems of a template that ``change`` has changed."""
    template = deepcopy(TEMPLATE)
    change(template["Resources"])
    return find_problems(RELEASED, template)


def indexes(resources: Any) -> Any:
    return resources["OrdersTable"]["Properties"]["GlobalSecondaryIndexes"]


def set_property(resource: str, name: str, value: object) -> Callable[[Any], object]:
    return lambda resources: resources[resource]["Properties"].update({name: value})


def project_keys(*names: str) -> Callable[[Any], object]:
    def change(resources: Any) -> None:
        for index in indexes(resources):
            if index["IndexName"] in names:
                index["Projection"] = {"ProjectionType": "KEYS_ONLY"}

    return change


def add_indexes(*names: str) -> Callable[[Any], object]:
    def change(resources: Any) -> None:
        for name in names:
            indexes(resources).append({**indexes(resources)[0], "IndexName": name})

    return change


REFUSED = [
    (project_keys("by-customer"), "keys or projection of the index by-customer"),
    (project_keys("by-customer", "by-day"), "keys or projection of the index by-day"),
    (add_indexes("by-city", "by-total"), "adds or removes 2 indexes (by-city, by-total)"),
    (
        lambda it: (add_indexes("by-city")(it), indexes(it).pop(0)),
        "adds or removes 2 indexes (by-city, by-customer)",
    ),
    (
        set_property("StockTable", "KeySchema", [{"AttributeName": "id", "KeyType": "HASH"}]),
        "StockTable changes KeySchema, so it must be replaced",
    ),
    (set_property("StockTable", "TableName", "stock"), "a new one without its rows"),
    (
        set_property(
            "StockTable", "AttributeDefinitions", [{"AttributeName": "sku", "AttributeType": "N"}]
        ),
        "the type of the key sku from S to N",
    ),
    (set_property("EmailQueue", "FifoQueue", value=True), "EmailQueue changes FifoQueue"),
    (set_property("MediaBucket", "BucketName", "media"), "a new one without its objects"),
    (set_property("FulfillOrderStateMachine", "Type", "EXPRESS"), "must be replaced"),
    (set_property("SigningSecret", "Name", "secret"), "a new one without its value"),
    (lambda it: it.pop("SalesTable"), "SalesTable is removed, and its rows with it"),
]


@pytest.mark.parametrize(("change", "words"), REFUSED)
def test_change_that_cannot_be_updated_in_place_is_refused(
    change: Callable[[Any], object], words: str
) -> None:
    assert words in "\n".join(changed(change))


ALLOWED = [
    lambda _: None,
    add_indexes("by-city"),
    lambda it: indexes(it).pop(0),
    lambda it: it.pop("WebErrorsAlarm"),
    lambda it: it.update(ReturnsTable=it["SalesTable"]),
    set_property("WebFunction", "FunctionName", "web"),
    set_property("EmailQueue", "VisibilityTimeout", 600),
]


@pytest.mark.parametrize("change", ALLOWED)
def test_other_change_is_allowed(change: Callable[[Any], object]) -> None:
    assert changed(change) == []


def test_properties_that_aws_never_changes_in_place_are_compared() -> None:
    """Of each type in the template, the properties that it sets."""
    for resource in TEMPLATE["Resources"].values():
        kind = resource["Type"]
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(
            "us-east-1", SAM_TYPES.get(kind, kind)
        ).schema
        paths = [
            *schema.get("createOnlyProperties", []),
            *schema.get("conditionalCreateOnlyProperties", []),
        ]
        names = {path.split("/")[2] for path in paths}
        immutable = {SAM_NAMES.get(it, it) for it in names} & resource["Properties"].keys()
        if kind not in REPLACEABLE:
            assert immutable <= {*IMMUTABLE.get(kind, ())}, kind


def test_recorded_release_is_read_again(tmp_path: Path) -> None:
    write_released(TEMPLATE, tmp_path / "released.json")

    assert read_released(tmp_path / "released.json") == json.loads(json.dumps(RELEASED))


def test_command_reports_the_change_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    template = deepcopy(TEMPLATE)
    project_keys("by-customer")(template["Resources"])
    monkeypatch.setattr("infra.cli.aws_checks.read_template", lambda _: template)
    monkeypatch.setattr("infra.cli.aws_checks.read_released", lambda: RELEASED)

    result = CliRunner().invoke(app, ["aws", "diff"])

    assert result.exit_code == 1
    assert "by-customer" in str(result.exception)
