"""Which nodes a value in a template refers to, by `Ref`, `GetAtt`, `Sub` or a bucket's name."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_NAME = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[A-Za-z]+)?\}")


class References:
    """``nodes`` are the resources that count, by logical id."""

    def __init__(self, nodes: Mapping[str, Any], resources: Mapping[str, Any]) -> None:
        self.nodes = nodes
        names = {it: resources[it].get("Properties", {}).get("BucketName") for it in nodes}
        self._buckets = {
            name["Fn::Sub"]: it for it, name in names.items() if isinstance(name, dict)
        }

    def in_value(self, value: object) -> list[str]:
        """The nodes in a value, each once, in their order."""
        return list(dict.fromkeys(it for it in self._names(value) if it in self.nodes))

    def statements(self, properties: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The statements of a function's or a state machine's role; conditions are ignored."""
        for policy in properties.get("Policies", []):
            for statement in policy.get("Statement", []) if isinstance(policy, dict) else []:
                yield from _alternatives(statement)

    def _names(self, value: object) -> Iterator[str]:
        if isinstance(value, str):
            yield from self._names_in_text(value)
        elif isinstance(value, list):
            for it in value:
                yield from self._names(it)
        elif isinstance(value, dict):
            yield from self._names_in_object(value)

    def _names_in_object(self, value: dict[str, Any]) -> Iterator[str]:
        for name, part in value.items():
            if name == "Ref":
                yield part
            elif name == "Fn::GetAtt":
                yield part[0] if isinstance(part, list) else part.partition(".")[0]
            else:
                yield from self._names(part)

    def _names_in_text(self, text: str) -> Iterator[str]:
        yield from _NAME.findall(text)
        yield from (node for name, node in self._buckets.items() if name in text)


def _alternatives(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "Fn::If" not in statement:
        yield statement
        return
    for branch in statement["Fn::If"][1:]:
        if isinstance(branch, dict) and "Action" in json.dumps(branch):
            yield from _alternatives(branch)
