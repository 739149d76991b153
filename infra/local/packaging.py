"""The template as `sam package` would send it: local paths replaced by where the artifacts are."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]
from yaml import MarkedYAMLError  # type: ignore[import-untyped]

from infra.local.artifacts import BUCKET, Artifact
from infra.user_error import Trouble

type Template = dict[str, Any]

FUNCTION = "AWS::Serverless::Function"
STATE_MACHINE = "AWS::Serverless::StateMachine"


@dataclass(frozen=True)
class Definition:
    """A state machine's definition, as it is uploaded."""

    text: str

    @property
    def key(self) -> str:
        return f"definitions/{hashlib.sha256(self.text.encode()).hexdigest()[:16]}.json"


def read(path: Path) -> Template:
    """YAML with CloudFormation's short forms (`!Ref`) written out; `Trouble` when it is none."""
    template = _parsed(path)
    if not isinstance(template.get("Resources"), dict):
        raise Trouble(f"{path.name} has no Resources: is it a CloudFormation template?")
    return template


def _parsed(path: Path) -> dict[str, Any]:
    try:
        parsed = yaml_parse(path.read_text())
    except (OSError, MarkedYAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path.name}, line {mark.line + 1}" if mark else path.name
        what = getattr(error, "problem", None) or "it cannot be read"
        raise Trouble(f"{where}: {what}.") from error
    return parsed if isinstance(parsed, dict) else {}


def bundle_of_each_function(template: Template) -> dict[str, str]:
    """Logical id of each function that runs one of our bundles, and the bundle's name."""
    shared = template.get("Globals", {}).get("Function", {}).get("CodeUri")
    return {
        logical_id: Path(uri).name
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == FUNCTION
        and isinstance(uri := resource.get("Properties", {}).get("CodeUri", shared), str)
    }


def definitions(template: Template, folder: Path) -> dict[str, Definition]:
    """The definition of each state machine, by its logical id."""
    numbers = {
        name for name, parameter in template.get("Parameters", {}).items() if _is_number(parameter)
    }
    return {
        logical_id: _definition(resource["Properties"], folder, numbers)
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == STATE_MACHINE
    }


def packaged(
    template: Template, artifacts: dict[str, Artifact], workflows: dict[str, Definition]
) -> Template:
    """Say where in the artifact bucket each function's bundle and each definition lies."""
    result: Template = json.loads(json.dumps(template))
    for logical_id, bundle in bundle_of_each_function(template).items():
        properties = result["Resources"][logical_id].setdefault("Properties", {})
        properties["CodeUri"] = {"Bucket": BUCKET, "Key": artifacts[bundle].key}
    for logical_id, definition in workflows.items():
        properties = result["Resources"][logical_id]["Properties"]
        properties["DefinitionUri"] = {"Bucket": BUCKET, "Key": definition.key}
    return result


def _definition(properties: dict[str, Any], folder: Path, numbers: set[str]) -> Definition:
    """As JSON, since the emulator reads no YAML.

    AWS substitutes in the YAML text, where `${ReviewSeconds}` without quotes becomes a number;
    so those that stand for numbers lose the quotes that JSON gave them.
    """
    text = json.dumps(_parsed(folder / properties["DefinitionUri"]))
    for name, value in properties.get("DefinitionSubstitutions", {}).items():
        if isinstance(value, dict) and value.get("Ref") in numbers:
            text = text.replace(f'"${{{name}}}"', f"${{{name}}}")
    return Definition(text)


def _is_number(parameter: dict[str, Any]) -> bool:
    return bool(parameter["Type"] == "Number")
