"""Finds changes of the template that CloudFormation or DynamoDB refuses, or that lose data.

The comparison needs few properties, so the last release is kept as a small file of these.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.build.bundles import ROOT
from infra.local.packaging import Template

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
# What they hold does not move to a new one: data, messages, running executions.
STATEFUL = {
    TABLE: "rows",
    "AWS::Logs::LogGroup": "logs",
    "AWS::S3::Bucket": "objects",
    "AWS::SecretsManager::Secret": "value",
    "AWS::Serverless::StateMachine": "running executions",
    "AWS::SQS::Queue": "messages",
}


def take_snapshot(template: Template) -> dict[str, dict[str, Any]]:
    """The properties that decide whether a resource can be updated in place, by logical id."""
    return {
        logical_id: _properties(resource)
        for logical_id, resource in sorted(template["Resources"].items())
        if resource["Type"] in IMMUTABLE
    }


def read_released(path: Path = RELEASED) -> Snapshot:
    released: Snapshot = json.loads(path.read_text())
    return released


def write_released(template: Template, path: Path = RELEASED) -> None:
    """Record the template as released. Do so with each release, after it is deployed."""
    lines = (
        f"{json.dumps(name)}: {json.dumps(it)}" for name, it in take_snapshot(template).items()
    )
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def find_problems(released: Snapshot, template: Template) -> list[str]:
    """What cannot be updated in place, each with what to do instead; empty if nothing."""
    new = take_snapshot(template)
    return [
        problem
        for logical_id, old in released.items()
        for problem in _problems_of(logical_id, old, new.get(logical_id))
    ]


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


def _problems_of(
    logical_id: str, old: Mapping[str, Any], new: Mapping[str, Any] | None
) -> Iterator[str]:
    kind = old["ResourceType"]
    if new is None or new["ResourceType"] != kind:
        if kind in STATEFUL:
            yield f"{logical_id} is removed, and its {STATEFUL[kind]} with it. Keep it."
        return
    yield from _replacement(logical_id, old, new)
    if kind == TABLE:
        yield from _attribute_changes(logical_id, old["Attributes"], new["Attributes"])
        yield from _index_changes(logical_id, old["Indexes"], new["Indexes"])


def _replacement(logical_id: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    kind = old["ResourceType"]
    name, *others = IMMUTABLE[kind]
    is_renamed = old.get(name) != new.get(name)
    changed = [it for it in others if old.get(it) != new.get(it)]
    if changed and not is_renamed and name in new:
        yield (
            f"{logical_id} changes {', '.join(changed)}, so it must be replaced, which "
            "CloudFormation refuses for a resource with a fixed name. Add a second one instead."
        )
    elif (changed or is_renamed) and kind in STATEFUL:
        yield (
            f"{logical_id} changes {', '.join([name] * is_renamed + changed)}, so CloudFormation "
            f"creates a new one without its {STATEFUL[kind]}. Undo the change."
        )


def _attribute_changes(table: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(old.keys() & new.keys()):
        if old[name] != new[name]:
            yield (
                f"{table} changes the type of the key {name} from {old[name]} to {new[name]}, "
                "which DynamoDB refuses. Use an attribute with another name."
            )


def _index_changes(table: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(old.keys() & new.keys()):
        if old[name] != new[name]:
            yield (
                f"{table} changes keys or projection of the index {name}, which DynamoDB refuses. "
                "Add an index with another name, and remove this one in a later update."
            )
    added_or_removed = sorted(old.keys() ^ new.keys())
    if len(added_or_removed) > 1:
        yield (
            f"{table} adds or removes {len(added_or_removed)} indexes "
            f"({', '.join(added_or_removed)}), and DynamoDB takes one in each update. "
            "Deploy them one after another."
        )
