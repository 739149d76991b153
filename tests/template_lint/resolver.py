"""Evaluate CloudFormation's intrinsic functions, so that equal ARNs are equal texts."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.template_lint.naming import ACCOUNT, REGION, STACK, arn_of, name_property, ref_of

type Tree = dict[str, Any]

NAME_ATTRIBUTES = ("Name", "QueueName", "TopicName")
NO_VALUE = object()  # AWS::NoValue
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::NoValue": NO_VALUE,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
}
PLACEHOLDER = re.compile(r"\$\{([^!][^}]*)\}")


class Resolver:
    """Evaluates a template for one set of parameters."""

    def __init__(self, template: Tree, parameters: Mapping[str, Any]) -> None:
        declared = template.get("Parameters", {})
        defaults = {name: it.get("Default", "") for name, it in declared.items()}
        self._parameters: Mapping[str, Any] = {**PSEUDO, **defaults, **parameters}
        self._conditions = template.get("Conditions", {})
        self._resources = template["Resources"]
        self._functions: Mapping[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._attribute,
            "Fn::Sub": self._substitute,
            "Fn::If": lambda it: self.resolve(it[1] if self.is_true(it[0]) else it[2]),
            "Fn::Join": lambda it: it[0].join(map(str, self.resolve(it[1]))),
            "Fn::Select": lambda it: self.resolve(it[1])[int(it[0])],
            "Fn::Split": lambda it: self.resolve(it[1]).split(it[0]),
            "Fn::Equals": lambda it: self.resolve(it[0]) == self.resolve(it[1]),
            "Fn::Not": lambda it: not self.resolve(it[0]),
            "Fn::And": lambda it: all(map(self.resolve, it)),
            "Fn::Or": lambda it: any(map(self.resolve, it)),
            "Condition": self.is_true,
        }

    def resources(self) -> dict[str, Tree]:
        """The resources whose condition is true, with evaluated properties."""
        return {
            logical_id: {**resource, "Properties": self.resolve(resource.get("Properties", {}))}
            for logical_id, resource in self._resources.items()
            if "Condition" not in resource or self.is_true(resource["Condition"])
        }

    def names(self) -> dict[str, str]:
        """Every name, ARN and URL of a resource, with the resource's logical id."""
        found = {}
        for logical_id in self._resources:
            type_, physical_name = self._identity(logical_id)
            arn = arn_of(type_, physical_name)
            for text in (ref_of(type_, physical_name), arn, f"{arn}/stream/newest"):
                found[text] = logical_id
        return found

    def is_true(self, condition: str) -> bool:
        return bool(self.resolve(self._conditions[condition]))

    def resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [it for one in value if (it := self.resolve(one)) is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        (name, argument), *others = value.items() or [("", None)]
        if name in self._functions and not others and not _is_policy_condition(name, argument):
            return self._functions[name](argument)
        resolved = {key: self.resolve(it) for key, it in value.items()}
        return {key: it for key, it in resolved.items() if it is not NO_VALUE}

    def _ref(self, name: str) -> Any:
        if name in self._parameters:
            return self._parameters[name]
        return ref_of(*self._identity(name))

    def _attribute(self, path: Any) -> str:
        logical_id, attribute = path.split(".", 1) if isinstance(path, str) else path
        type_, physical_name = self._identity(logical_id)
        attributes = {
            "Arn": arn_of(type_, physical_name),
            **dict.fromkeys(NAME_ATTRIBUTES, physical_name),
        }
        if attribute == "StreamArn":
            return f"{attributes['Arn']}/stream/newest"
        return attributes.get(attribute, f"{logical_id}.{attribute}")

    def _substitute(self, argument: Any) -> str:
        pattern, variables = (argument, {}) if isinstance(argument, str) else argument

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name in variables:
                return str(self.resolve(variables[name]))
            return str(self._attribute(name) if "." in name else self._ref(name))

        return PLACEHOLDER.sub(value, pattern)

    def _identity(self, logical_id: str) -> tuple[str, str]:
        """The resource's type and name; the logical id if the name is generated."""
        resource = self._resources.get(logical_id, {"Type": "unknown"})
        name = resource.get("Properties", {}).get(name_property(resource["Type"]), logical_id)
        return resource["Type"], str(self.resolve(name))


def _is_policy_condition(name: str, argument: Any) -> bool:
    """In a policy statement, Condition is a block and not the name of a template's condition."""
    return name == "Condition" and not isinstance(argument, str)
