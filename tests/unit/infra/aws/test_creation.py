"""What fails only while AWS creates the stack, minutes after the change set was accepted."""

from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from infra.build.bundles import ROOT
from infra.local.packaging import read_template

TEMPLATE = read_template(ROOT / "infra/template.yaml")
# The limits of the property that gets a parameter. 0 and empty values are not sent.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
# https://docs.aws.amazon.com/lambda/latest/api/API_ScalingConfig.html
# https://states-language.net/spec.html#timeouts
LIMITS = {
    "RestartDelaySeconds": (0, 900),
    "WorkerConcurrency": (0, 1000),
    "ReviewSeconds": (1, 99_999_999),
    "WorkflowSeconds": (1, 99_999_999),
    "ChargeMaxAttempts": (0, 99_999_999),
}


def logical_ids(resource_type: str) -> set[str]:
    return {name for name, it in TEMPLATE["Resources"].items() if it["Type"] == resource_type}


def test_stage_is_created_after_all_routes() -> None:
    """With AutoDeploy, API Gateway deploys while other routes are created, and can refuse one.

    "Unable to complete operation due to concurrent modification":
    https://github.com/brefphp/bref/issues/868
    """
    routes = logical_ids("AWS::ApiGatewayV2::Route")

    assert routes
    assert set(TEMPLATE["Resources"]["ApiStage"]["DependsOn"]) == routes


@pytest.mark.parametrize(("name", "limits"), LIMITS.items())
def test_parameter_accepts_only_what_its_service_accepts(
    name: str, limits: tuple[int, int]
) -> None:
    parameter: dict[str, Any] = TEMPLATE["Parameters"][name]

    assert parameter.get("MinValue", -1) >= limits[0]
    assert parameter.get("MaxValue", float("inf")) <= limits[1]


def test_worker_concurrency_of_one_is_refused_before_anything_is_created() -> None:
    (rule,) = TEMPLATE["Rules"]["WorkerConcurrency"]["Assertions"]

    assert rule["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "WorkerConcurrency"}, 1]}]}


def test_log_retention_is_one_of_the_periods_of_cloudwatch() -> None:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-central-1", "AWS::Logs::LogGroup")
    periods = schema.schema["properties"]["RetentionInDays"]["enum"]

    assert TEMPLATE["Parameters"]["LogRetentionDays"]["AllowedValues"] == periods
