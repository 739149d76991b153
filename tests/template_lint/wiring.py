"""The wiring that the rules check: evaluated resources, found by type, name, ARN or URL."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.template_lint.event_catalog import EventCatalog
from tests.template_lint.policy_statements import Call, pattern_matches

type Properties = Mapping[str, Any]

FUNCTION = "AWS::Lambda::Function"
QUEUE = "AWS::SQS::Queue"
MAPPING = "AWS::Lambda::EventSourceMapping"
RULE = "AWS::Events::Rule"
MACHINE = "AWS::StepFunctions::StateMachine"


@dataclass(frozen=True)
class Wiring:
    """``names`` maps each name, ARN and URL to a logical id.

    ``runbook_pages`` are anchors in the runbook, ``recorded_calls`` the AWS calls of a test run.
    """

    resources: Mapping[str, Mapping[str, Any]]
    names: Mapping[str, str]
    workflows: Mapping[str, Mapping[str, Any]]
    events: EventCatalog
    runbook_pages: frozenset[str]
    recorded_calls: frozenset[Call]

    def of_type(self, kind: str) -> Iterator[tuple[str, Properties]]:
        for logical_id, resource in self.resources.items():
            if resource["Type"] == kind:
                yield logical_id, resource["Properties"]

    def logical_id(self, text: Any) -> str:
        """The logical id of the resource with this name, ARN or URL; else the text itself."""
        return self.names.get(text, str(text)) if isinstance(text, str) else str(text)

    def properties(self, text: Any) -> Properties:
        """The properties of the resource with this name, ARN or URL; empty if there is none."""
        resource = self.resources.get(self.logical_id(text), {})
        properties: Properties = resource.get("Properties", {})
        return properties

    def arn(self, logical_id: str) -> str:
        return next(it for it, named in self.names.items() if named == logical_id and _is_arn(it))

    def names_of(self, logical_id: str) -> set[str]:
        """Every text that identifies the resource, with its plain name, which metrics use."""
        texts = {it for it, named in self.names.items() if named == logical_id}
        return texts | {it.rpartition(":")[2] for it in texts} | {logical_id}

    def owner_of(self, pattern: str) -> str:
        """The resource that a policy's pattern matches, or that contains what it matches."""
        if pattern in self.names:
            return self.names[pattern]
        for text, name in self.names.items():
            if _is_arn(text) and (pattern_matches(pattern, text) or _is_inside(pattern, text)):
                return name
        return pattern

    def type_of(self, text: Any) -> str:
        return str(self.resources.get(self.logical_id(text), {}).get("Type", ""))

    def mappings_from(self, source: str) -> Iterator[tuple[str, Properties]]:
        """The event source mappings whose source has this resource type."""
        for place, mapping in self.of_type(MAPPING):
            if self.type_of(mapping["EventSourceArn"]) == source:
                yield place, mapping

    def has_worker(self, queue: str) -> bool:
        """Whether a function handles the messages of the queue with this ARN."""
        sources = (it["EventSourceArn"] for _, it in self.mappings_from(QUEUE))
        return self.logical_id(queue) in map(self.logical_id, sources)


def _is_arn(text: str) -> bool:
    return text.startswith("arn:")


def _is_inside(pattern: str, arn: str) -> bool:
    """An index in its table, an object in its bucket, an execution of its state machine."""
    execution_arn = arn.replace(":stateMachine:", ":execution:")
    return pattern.startswith((f"{arn}/", f"{execution_arn}:"))


def as_list(value: Any) -> list[Any]:
    """Wrap a single value, which policies may write without a list."""
    return value if isinstance(value, list) else [value]
