"""The wiring as rules look at it: plain resources, and who a text in them stands for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.template_lint.policy_statements import Call, covers
from tests.template_lint.rules import Catalogue

type Properties = Mapping[str, Any]

FUNCTION = "AWS::Lambda::Function"
QUEUE = "AWS::SQS::Queue"
MAPPING = "AWS::Lambda::EventSourceMapping"
RULE = "AWS::Events::Rule"
MACHINE = "AWS::StepFunctions::StateMachine"


@dataclass(frozen=True)
class Wiring:
    """``names`` leads from a name, ARN or URL to the logical id.

    ``pages`` are the runbook's, ``seen`` the calls that were made in a day in the shop.
    """

    resources: Mapping[str, Mapping[str, Any]]
    names: Mapping[str, str]
    workflows: Mapping[str, Mapping[str, Any]]
    catalogue: Catalogue
    pages: frozenset[str]
    seen: frozenset[Call]

    def of(self, kind: str) -> Iterator[tuple[str, Properties]]:
        for logical_id, resource in self.resources.items():
            if resource["Type"] == kind:
                yield logical_id, resource["Properties"]

    def named(self, text: Any) -> str:
        """The logical id of what this text names, or the text itself."""
        return self.names.get(text, str(text)) if isinstance(text, str) else str(text)

    def properties(self, text: Any) -> Properties:
        """Of what this text names; none when it names nothing that is made here."""
        found = self.resources.get(self.named(text), {})
        properties: Properties = found.get("Properties", {})
        return properties

    def arn(self, logical_id: str) -> str:
        return next(it for it, named in self.names.items() if named == logical_id and _is_arn(it))

    def called(self, logical_id: str) -> set[str]:
        """Every text that stands for it; a name too, which is what metrics go by."""
        texts = {it for it, named in self.names.items() if named == logical_id}
        return texts | {it.rpartition(":")[2] for it in texts} | {logical_id}

    def owner_of(self, pattern: str) -> str:
        """The resource that a policy's pattern is about, with all that lies in it."""
        if pattern in self.names:
            return self.names[pattern]
        for text, name in self.names.items():
            if _is_arn(text) and (covers(pattern, text) or _lies_in(pattern, text)):
                return name
        return pattern

    def kind(self, text: Any) -> str:
        return str(self.resources.get(self.named(text), {}).get("Type", ""))

    def mappings(self, source: str) -> Iterator[tuple[str, Properties]]:
        """Event source mappings that read from a type of resource."""
        for place, mapping in self.of(MAPPING):
            if self.kind(mapping["EventSourceArn"]) == source:
                yield place, mapping


def _is_arn(text: str) -> bool:
    return text.startswith("arn:")


def _lies_in(pattern: str, arn: str) -> bool:
    """An index in its table, an upload in its bucket, an execution of its workflow."""
    runs = arn.replace(":stateMachine:", ":execution:")
    return pattern.startswith((f"{arn}/", f"{runs}:"))


def listed(value: Any) -> list[Any]:
    """Policies write a single thing without a list."""
    return value if isinstance(value, list) else [value]
