"""Finds changes of the template that CloudFormation or DynamoDB refuses, or that lose data."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.aws.released import IMMUTABLE, TABLE, Snapshot, take_snapshot
from infra.local.packaging import Template

# What they hold does not move to a new one: data, messages, running executions.
STATEFUL = {
    TABLE: "rows",
    "AWS::Logs::LogGroup": "logs",
    "AWS::S3::Bucket": "objects",
    "AWS::SecretsManager::Secret": "value",
    "AWS::Serverless::StateMachine": "running executions",
    "AWS::SQS::Queue": "messages",
}


def find_problems(released: Snapshot, template: Template) -> list[str]:
    """What cannot be updated in place, each with what to do instead; empty if nothing."""
    new = take_snapshot(template)
    return [
        problem
        for logical_id, old in released.items()
        for problem in _problems_of(logical_id, old, new.get(logical_id))
    ]


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
