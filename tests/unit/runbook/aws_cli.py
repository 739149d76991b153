"""Read commands of the AWS CLI by the service models of botocore, as the AWS CLI itself does.

https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.validate import validate_parameters

SUBSTITUTION = re.compile(r'"?\$(?:\(\([^()$]*\)\)|\([^()$]*\)|[a-z]+)"?')
NUMBERS = {"integer": int, "long": int, "double": float, "float": float}
GLOBAL_OPTIONS = {"region", "query", "output", "cli-binary-format", "profile"}
# Commands of the CLI that call several operations: https://docs.aws.amazon.com/cli/latest/reference
DEPLOY_OPTIONS = {
    *("template-file", "stack-name", "parameter-overrides", "capabilities", "tags"),
    *("s3-bucket", "no-fail-on-empty-changeset"),
}
CUSTOM_COMMANDS: Mapping[tuple[str, str], set[str]] = {
    ("cloudformation", "deploy"): DEPLOY_OPTIONS,
    ("configure", "sso"): set(),
    ("sso", "login"): set(),
    ("s3", "sync"): set(),
}


class WrongCommand(Exception):
    """The AWS CLI would refuse the command."""


@dataclass(frozen=True)
class AwsCommand:
    """A call: ``operation`` as in boto3, ``parameters`` as in the API. A custom one has no call."""

    service: str
    operation: str
    parameters: Mapping[str, Any]


def read_command(text: str, values: Mapping[str, str]) -> AwsCommand:
    """Read a command with ``values`` for its placeholders. Raises ``WrongCommand``.

    `$(...)` and variables of the shell count as the current time, which is also a valid name.
    """
    _, service, operation, *words = shlex.split(_fill_in(text, values))
    options = dict(_options(words))
    if (known := CUSTOM_COMMANDS.get((service, operation))) is not None:
        _require_known(options, known | GLOBAL_OPTIONS)
        return AwsCommand(service, operation, {})
    model = _operation(service, operation)
    parameters = _parameters(model.input_shape, options)
    if model.input_shape:
        validate_parameters(parameters, model.input_shape)
    return AwsCommand(service, xform_name(model.name), parameters)


def _fill_in(text: str, values: Mapping[str, str]) -> str:
    while (replaced := SUBSTITUTION.sub("1764000000", text)) != text:  # from the inside out
        text = replaced
    for name, value in values.items():
        text = re.sub(rf"\b{name}\b", value, text)
    return text


def _parameters(shape: StructureShape | None, options: Mapping[str, list[str]]) -> dict[str, Any]:
    members = {xform_name(name, "-"): it for name, it in (shape.members if shape else {}).items()}
    names = {xform_name(name, "-"): name for name in (shape.members if shape else {})}
    _require_known(options, {*members, *(f"no-{it}" for it in members)} | GLOBAL_OPTIONS)
    parameters = {}
    for option, words in options.items():
        name = option if option in members else option.removeprefix("no-")
        if name in members:
            parameters[names[name]] = _value(members[name], words, negated=name != option)
    return parameters


@cache
def _service(name: str) -> ServiceModel:
    loader = Loader()
    if name not in loader.list_available_services("service-2"):
        raise WrongCommand(f"no service {name}")
    return ServiceModel(loader.load_service_model(name, "service-2"), name)


def _operation(service: str, command: str) -> OperationModel:
    model = _service(service)
    for name in model.operation_names:
        if xform_name(name, "-") == command:
            return model.operation_model(name)
    raise WrongCommand(f"{service} has no command {command}")


def _options(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Each option with its values; words that stand before the first option belong to none."""
    option, values = "", list[str]()
    for word in words:
        if word.startswith("--"):
            if option:
                yield option, values
            option, values = word.removeprefix("--"), []
        else:
            values.append(word)
    if option:
        yield option, values


def _require_known(options: Mapping[str, object], known: set[str]) -> None:
    if unknown := options.keys() - known:
        raise WrongCommand(f"no option {', '.join(sorted(unknown))}")


def _value(shape: Shape, words: list[str], *, negated: bool) -> Any:
    if shape.type_name == "boolean":
        return not negated
    if not words:
        raise WrongCommand(f"{shape.name} needs a value")
    if isinstance(shape, ListShape):
        return [_one(shape.member, word) for word in words]
    return _one(shape, words[0])


def _one(shape: Shape, word: str) -> Any:
    if isinstance(shape, StructureShape):
        pairs = json.loads(word) if word.startswith("{") else dict(_shorthand(word))
        members = shape.members
        if unknown := pairs.keys() - members.keys():
            raise WrongCommand(f"{shape.name} has no {', '.join(sorted(unknown))}")
        return {name: _one(members[name], str(it)) for name, it in pairs.items()}
    if read := NUMBERS.get(shape.type_name):
        return read(word)
    if shape.type_name == "boolean":
        return word == "true"
    if shape.type_name == "string" and word not in getattr(shape, "enum", []) and shape.enum:  # type: ignore[attr-defined]
        raise WrongCommand(f"{shape.name} is none of {shape.enum}: {word}")  # type: ignore[attr-defined]
    return word


def _shorthand(word: str) -> Iterator[tuple[str, str]]:
    for pair in word.split(","):
        name, _, value = pair.partition("=")
        yield name, value
