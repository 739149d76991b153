"""The template as `sam package` would send it: local paths replaced by where the artifacts are."""

import json
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from infra.local.artifacts import BUCKET, Artifact

type Template = dict[str, Any]

FUNCTION = "AWS::Serverless::Function"
STATE_MACHINE = "AWS::Serverless::StateMachine"


def read(path: Path) -> Template:
    """YAML with CloudFormation's short forms (`!Ref`) written out."""
    template: Template = yaml_parse(path.read_text())
    return template


def bundle_of_each_function(template: Template) -> dict[str, str]:
    """Logical id of each function that runs one of our bundles, and the bundle's name."""
    shared = template.get("Globals", {}).get("Function", {}).get("CodeUri")
    return {
        logical_id: Path(uri).name
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == FUNCTION
        and isinstance(uri := resource.get("Properties", {}).get("CodeUri", shared), str)
    }


def packaged(template: Template, folder: Path, artifacts: dict[str, Artifact]) -> Template:
    """Give each function its uploaded bundle, and each state machine its definition."""
    result: Template = json.loads(json.dumps(template))
    for logical_id, bundle in bundle_of_each_function(template).items():
        location = {"Bucket": BUCKET, "Key": artifacts[bundle].key}
        result["Resources"][logical_id].setdefault("Properties", {})["CodeUri"] = location
    for properties in _state_machines(result):
        path = folder / properties.pop("DefinitionUri")
        properties["Definition"] = yaml_parse(path.read_text())
    return result


def definitions(template: Template, folder: Path) -> list[Path]:
    return [folder / properties["DefinitionUri"] for properties in _state_machines(template)]


def _state_machines(template: Template) -> list[dict[str, Any]]:
    return [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == STATE_MACHINE and "DefinitionUri" in resource["Properties"]
    ]
