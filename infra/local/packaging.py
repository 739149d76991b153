"""Package the template like `sam package`: replace local paths by locations in S3."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]
from yaml import MarkedYAMLError  # type: ignore[import-untyped]

from infra.local.artifacts import BUCKET, Artifact
from infra.user_error import UserError

type Template = dict[str, Any]

FUNCTION = "AWS::Serverless::Function"
STATE_MACHINE = "AWS::Serverless::StateMachine"


@dataclass(frozen=True)
class Definition:
    """A state machine's definition as JSON, ready to upload."""

    text: str

    @property
    def key(self) -> str:
        return f"definitions/{hashlib.sha256(self.text.encode()).hexdigest()[:16]}.json"


def read_template(path: Path) -> Template:
    """The template with short forms such as `!Ref` expanded.

    Raises ``UserError`` if it is not a CloudFormation template.
    """
    template = _parse_yaml(path)
    if not isinstance(template.get("Resources"), dict):
        raise UserError(f"{path.name} has no Resources: is it a CloudFormation template?")
    return template


def _parse_yaml(path: Path) -> dict[str, Any]:
    try:
        parsed = yaml_parse(path.read_text())
    except (OSError, MarkedYAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path.name}, line {mark.line + 1}" if mark else path.name
        what = getattr(error, "problem", None) or "the file cannot be read"
        raise UserError(f"{where}: {what}.") from error
    return parsed if isinstance(parsed, dict) else {}


def bundles_by_function(template: Template) -> dict[str, str]:
    """The bundle's name by logical id, of each function that runs one of our bundles."""
    shared = template.get("Globals", {}).get("Function", {}).get("CodeUri")
    return {
        logical_id: Path(uri).name
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == FUNCTION
        and isinstance(uri := resource.get("Properties", {}).get("CodeUri", shared), str)
    }


def state_machine_definitions(template: Template, folder: Path) -> dict[str, Definition]:
    """The definition of each state machine, by logical id."""
    numbers = {
        name for name, parameter in template.get("Parameters", {}).items() if _is_number(parameter)
    }
    return {
        logical_id: _definition(resource["Properties"], folder, numbers)
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == STATE_MACHINE
    }


def package_template(
    template: Template, artifacts: dict[str, Artifact], workflows: dict[str, Definition]
) -> Template:
    """A copy of the template that refers to the uploaded bundles and definitions."""
    result: Template = json.loads(json.dumps(template))
    for logical_id, bundle in bundles_by_function(template).items():
        properties = result["Resources"][logical_id].setdefault("Properties", {})
        properties["CodeUri"] = {"Bucket": BUCKET, "Key": artifacts[bundle].key}
    for logical_id, definition in workflows.items():
        properties = result["Resources"][logical_id]["Properties"]
        properties["DefinitionUri"] = {"Bucket": BUCKET, "Key": definition.key}
    return result


def _definition(properties: dict[str, Any], folder: Path, numbers: set[str]) -> Definition:
    """As JSON, because the emulator cannot read YAML.

    AWS substitutes in the YAML text, where an unquoted `${ReviewSeconds}` becomes a number. In JSON
    the quotes around substitutions of numbers are therefore removed.
    """
    text = json.dumps(_parse_yaml(folder / properties["DefinitionUri"]))
    for name, value in properties.get("DefinitionSubstitutions", {}).items():
        if isinstance(value, dict) and value.get("Ref") in numbers:
            text = text.replace(f'"${{{name}}}"', f"${{{name}}}")
    return Definition(text)


def _is_number(parameter: dict[str, Any]) -> bool:
    return bool(parameter["Type"] == "Number")
