"""CloudFormation's functions worked out, so that two ways to write one ARN are the same text."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.template_lint.naming import ACCOUNT, REGION, STACK, arn_of, property_that_names, ref_of

type Tree = dict[str, Any]

NAMES = ("Name", "QueueName", "TopicName")
NOTHING = object()  # AWS::NoValue
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::NoValue": NOTHING,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
}
IN_TEXT = re.compile(r"\$\{([^!][^}]*)\}")


class Resolver:
    """Works out what a template says, for one choice of its parameters."""

    def __init__(self, template: Tree, parameters: Mapping[str, Any]) -> None:
        usual = {name: it.get("Default", "") for name, it in template.get("Parameters", {}).items()}
        self._known: Mapping[str, Any] = {**PSEUDO, **usual, **parameters}
        self._conditions = template.get("Conditions", {})
        self._resources = template["Resources"]
        self._functions: Mapping[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._attribute,
            "Fn::Sub": self._text,
            "Fn::If": lambda it: self.plain(it[1] if self.holds(it[0]) else it[2]),
            "Fn::Join": lambda it: it[0].join(map(str, self.plain(it[1]))),
            "Fn::Equals": lambda it: self.plain(it[0]) == self.plain(it[1]),
            "Fn::Not": lambda it: not self.plain(it[0]),
            "Fn::And": lambda it: all(map(self.plain, it)),
            "Fn::Or": lambda it: any(map(self.plain, it)),
            "Condition": self.holds,
        }

    def resources(self) -> dict[str, Tree]:
        """Those that are made under these parameters, with plain properties."""
        return {
            logical_id: {**resource, "Properties": self.plain(resource.get("Properties", {}))}
            for logical_id, resource in self._resources.items()
            if "Condition" not in resource or self.holds(resource["Condition"])
        }

    def names(self) -> dict[str, str]:
        """Every text that stands for a resource, and the resource's logical id."""
        found = {}
        for logical_id in self._resources:
            kind, called = self._identity(logical_id)
            arn = arn_of(kind, called)
            for text in (ref_of(kind, called), arn, f"{arn}/stream/newest"):
                found[text] = logical_id
        return found

    def holds(self, condition: str) -> bool:
        return bool(self.plain(self._conditions[condition]))

    def plain(self, value: Any) -> Any:
        if isinstance(value, list):
            return [it for one in value if (it := self.plain(one)) is not NOTHING]
        if not isinstance(value, dict):
            return value
        (name, given), *others = value.items() or [("", None)]
        if name in self._functions and not others and not _is_a_policys(name, given):
            return self._functions[name](given)
        plain = {key: self.plain(it) for key, it in value.items()}
        return {key: it for key, it in plain.items() if it is not NOTHING}

    def _ref(self, name: str) -> Any:
        if name in self._known:
            return self._known[name]
        kind, called = self._identity(name)
        return ref_of(kind, called)

    def _attribute(self, path: Any) -> str:
        logical_id, attribute = path.split(".", 1) if isinstance(path, str) else path
        kind, called = self._identity(logical_id)
        known = {"Arn": arn_of(kind, called), **dict.fromkeys(NAMES, called)}
        if attribute == "StreamArn":
            return f"{known['Arn']}/stream/newest"
        return known.get(attribute, f"{logical_id}.{attribute}")

    def _text(self, given: Any) -> str:
        pattern, extra = (given, {}) if isinstance(given, str) else given

        def filled(found: re.Match[str]) -> str:
            name = found[1]
            if name in extra:
                return str(self.plain(extra[name]))
            return str(self._attribute(name) if "." in name else self._ref(name))

        return IN_TEXT.sub(filled, pattern)

    def _identity(self, logical_id: str) -> tuple[str, str]:
        resource = self._resources.get(logical_id, {"Type": "nowhere"})
        naming = property_that_names(resource["Type"])
        name = resource.get("Properties", {}).get(naming, logical_id)
        return resource["Type"], str(self.plain(name))


def _is_a_policys(name: str, given: Any) -> bool:
    """A statement's Condition is a block, not the name of one of the template's."""
    return name == "Condition" and not isinstance(given, str)
