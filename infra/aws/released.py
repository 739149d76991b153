"""What decides whether a resource can be updated in place, and the last release's record of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from infra.build.bundles import ROOT
from infra.local.packaging import Template
from infra.ops.deployed_stack import DeployedStack

type Snapshot = Mapping[str, Mapping[str, Any]]  # by logical id

RELEASED = ROOT / "infra/aws/released_template.json"
TABLE = "AWS::DynamoDB::Table"

# A change of one of these replaces the resource. The first is its name. A test compares the list
# with the resource schemas of AWS.
IMMUTABLE: Mapping[str, tuple[str, ...]] = {
    TABLE: ("TableName", "KeySchema"),
    "AWS::CloudWatch::Dashboard": ("DashboardName",),
    "AWS::Logs::LogGroup": ("LogGroupName",),
    "AWS::S3::Bucket": ("BucketName",),
    "AWS::SES::EmailIdentity": ("EmailIdentity",),
    "AWS::SecretsManager::Secret": ("Name",),
    "AWS::Serverless::Function": ("FunctionName", "PackageType"),
    "AWS::Serverless::StateMachine": ("Name", "Type"),
    "AWS::SNS::Topic": ("TopicName", "FifoTopic"),
    "AWS::SQS::Queue": ("QueueName", "FifoQueue"),
}


def take_snapshot(template: Template) -> dict[str, dict[str, Any]]:
    """The properties that decide whether a resource can be updated in place, by logical id."""
    return {
        logical_id: _properties(resource)
        for logical_id, resource in sorted(template["Resources"].items())
        if resource["Type"] in IMMUTABLE
    }


def read_released(path: Path = RELEASED) -> Snapshot:
    return dict(json.loads(path.read_text()))


def read_deployed(stack: DeployedStack) -> Snapshot:
    """The snapshot of a deployed stack. Raises ``ClientError`` if it does not exist."""
    cloudformation, name = stack.client("cloudformation"), stack.stack_name
    body = cloudformation.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
    return take_snapshot(yaml_parse(body) if isinstance(body, str) else body)


def write_released(template: Template, path: Path = RELEASED) -> None:
    """Record the template as released. Do so with each release, after it is deployed."""
    lines = (
        f"{json.dumps(name)}: {json.dumps(it)}" for name, it in take_snapshot(template).items()
    )
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def _properties(resource: Template) -> dict[str, Any]:
    properties = resource.get("Properties", {})
    kept = {name: properties[name] for name in IMMUTABLE[resource["Type"]] if name in properties}
    if resource["Type"] == TABLE:
        kept["Attributes"] = {
            it["AttributeName"]: it["AttributeType"] for it in properties["AttributeDefinitions"]
        }
        kept["Indexes"] = {
            it["IndexName"]: {"KeySchema": it["KeySchema"], "Projection": it["Projection"]}
            for it in properties.get("GlobalSecondaryIndexes", [])
        }
    return {"ResourceType": resource["Type"], **kept}
