"""The stages of infra/samconfig.toml, and the parameters of a deployment."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.build.bundles import ROOT
from infra.local.packaging import Template
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

SAM_CONFIG = ROOT / "infra/samconfig.toml"


@dataclass(frozen=True)
class StageConfig:
    """One section of the file. ``parameters`` are those of the template that the stage sets."""

    name: str
    stack_name: str
    parameters: Mapping[str, str]


def read_stage(name: str) -> StageConfig:
    """Raises ``UserError``, with the known stages, if there is none of this name."""
    stages = {
        key: value["deploy"]["parameters"]
        for key, value in tomllib.loads(SAM_CONFIG.read_text()).items()
        if isinstance(value, dict)
    }
    if name not in stages:
        raise UserError(f"There is no stage {name!r}. Choose from {', '.join(stages)}.")
    found: Mapping[str, Any] = stages[name]
    return StageConfig(
        name, found["stack_name"], read_pairs(found["parameter_overrides"].split(" "))
    )


def read_pairs(pairs: Iterable[str]) -> dict[str, str]:
    """Values by name from ``Name=value``. Raises ``UserError`` for a word without ``=``."""
    values = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise UserError(f"{pair!r} is no parameter: write it as Name=value.")
        values[name] = value
    return values


def require_parameters(
    template: Template, given: Mapping[str, str], present: Mapping[str, str]
) -> None:
    """Raise ``UserError`` for an unknown name, or if one without a default has no value.

    ``present`` are those of the deployed stack, which keep their values.
    """
    declared = template["Parameters"]
    if unknown := sorted(given.keys() - declared.keys()):
        raise UserError(f"The template has no parameter {', '.join(unknown)}.")
    missing = [
        name
        for name, it in declared.items()
        if "Default" not in it and not given.get(name) and not present.get(name)
    ]
    if missing:
        example = " ".join(f"--set {name}=..." for name in missing)
        raise UserError(f"A new stack needs {' and '.join(missing)}. Add {example}")


def present_parameters(stack: DeployedStack) -> dict[str, str]:
    """The parameters of the deployed stack. Raises ``ClientError`` if it does not exist."""
    (found,) = stack.client("cloudformation").describe_stacks(StackName=stack.stack_name)["Stacks"]
    return {it["ParameterKey"]: it.get("ParameterValue", "") for it in found.get("Parameters", [])}
