"""The states of a workflow and the ways between them, read from its definition."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Way:
    """From one state to the next. ``kind`` is next, choice or catch."""

    source: str
    target: str
    kind: str


@dataclass(frozen=True)
class WorkflowGraph:
    """``states`` are the types of the states by name."""

    start: str
    states: dict[str, str]
    ways: tuple[Way, ...]


def read_graph(definition: str) -> WorkflowGraph:
    """The graph of a definition in Amazon States Language; nested states are not part of it.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
    """
    machine = json.loads(definition)
    ways: dict[tuple[str, str], Way] = {}
    for name, state in machine["States"].items():
        for way in _ways(name, state):
            ways.setdefault((way.source, way.target), way)
    states = {name: state["Type"] for name, state in machine["States"].items()}
    return WorkflowGraph(machine["StartAt"], states, tuple(ways.values()))


def _ways(name: str, state: dict[str, Any]) -> Iterator[Way]:
    for choice in state.get("Choices", ()):
        yield Way(name, choice["Next"], "choice")
    if "Default" in state:
        yield Way(name, state["Default"], "choice")
    if "Next" in state:
        yield Way(name, state["Next"], "next")
    for catch in state.get("Catch", ()):
        yield Way(name, catch["Next"], "catch")
