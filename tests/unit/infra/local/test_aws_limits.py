"""The limits of AWS that belong to no API call: what the template, logs and forms may have."""

import base64
import json
from typing import Any

import pytest

from app.aws.s3 import UploadPolicy, presigned_upload_form
from app.catalog.image_uploads import MAX_UPLOAD_BYTES
from app.observability.metrics import UNITS, MetricName, put_metric
from infra.build.bundles import ROOT
from infra.local import aws_limits
from infra.local.packaging import read_template
from tests.builders import NOON

TEMPLATE = read_template(ROOT / "infra/template.yaml")
LONGEST_REFERENCE = 160  # an ARN or a URL with the longest name of a stack
LONGEST_PARAMETER = 100
LONGEST_NUMBER = 20  # digits


def length_of(value: Any) -> int:
    """The longest text that CloudFormation can put into this place."""
    if not isinstance(value, dict):
        return len(str(value))
    if "Fn::If" in value:
        return max(length_of(it) for it in value["Fn::If"][1:])
    parameter = TEMPLATE["Parameters"].get(value.get("Ref", ""))
    if parameter is not None and parameter["Type"] == "Number":
        return LONGEST_NUMBER
    if parameter is not None:
        return int(parameter.get("MaxLength", LONGEST_PARAMETER))
    return LONGEST_REFERENCE


def variables_of(function: dict[str, Any]) -> dict[str, Any]:
    every: dict[str, Any] = TEMPLATE["Globals"]["Function"].get("Environment", {})
    own = function["Properties"].get("Environment", {})
    return {**every.get("Variables", {}), **own.get("Variables", {})}


FUNCTIONS = {
    name: it
    for name, it in TEMPLATE["Resources"].items()
    if it["Type"] == "AWS::Serverless::Function"
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_environment_variables_of_a_function_are_within_lambdas_limit(name: str) -> None:
    variables = variables_of(FUNCTIONS[name])
    size = sum(len(variable) + length_of(value) for variable, value in variables.items())

    assert 0 < size <= aws_limits.LAMBDA_ENVIRONMENT.value


def test_parameters_have_at_most_as_many_characters_as_cloudformation_takes() -> None:
    lengths = [int(it.get("MaxLength", 0)) for it in TEMPLATE["Parameters"].values()]

    assert max(lengths) <= aws_limits.CLOUDFORMATION_PARAMETER.value


@pytest.mark.parametrize("name", UNITS)
def test_metric_is_within_the_limits_of_the_embedded_metric_format(
    name: MetricName, capsys: pytest.CaptureFixture[str]
) -> None:
    put_metric(name, 1, at=NOON)

    for directive in json.loads(capsys.readouterr().err)["_aws"]["CloudWatchMetrics"]:
        assert len(directive["Metrics"]) <= aws_limits.EMF_METRICS.value
        assert all(len(it) <= aws_limits.EMF_DIMENSIONS.value for it in directive["Dimensions"])


@pytest.mark.usefixtures("tables")
def test_upload_form_is_within_s3s_limit() -> None:
    """With the longest key that S3 takes and the longest path of this shop."""
    policy = UploadPolicy("k" * aws_limits.S3_KEY.value, "image/jpeg", MAX_UPLOAD_BYTES)

    fields = presigned_upload_form(policy, redirect_to=f"https://{'h' * 253}/{'p' * 2_000}")[
        "fields"
    ]

    assert json.loads(base64.b64decode(fields["policy"]))["conditions"]
    size = sum(len(name) + len(value) for name, value in fields.items())
    assert size <= aws_limits.S3_UPLOAD_POLICY.value
