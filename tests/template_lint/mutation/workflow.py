"""Mutants of a workflow: a step without timeout, retry or catch, or a loop without an end."""

from collections.abc import Iterator
from typing import Any

from tests.template_lint.mutation.mutants import Mutant, without, without_each
from tests.template_lint.mutation.trees import REMOVED


def of_workflow(workflow: dict[str, Any]) -> Iterator[Mutant]:
    yield from without(workflow, (), ("TimeoutSeconds",))
    states = workflow["States"]
    ends_well = next(name for name, it in states.items() if it["Type"] == "Succeed")
    for name, state in states.items():
        if state["Type"] == "Task":
            yield from _of_task(name, state, ends_well)
        if state["Type"] == "Wait":
            yield from _of_wait(name, state, states)
        if state["Type"] == "Choice":
            yield from _of_choice(name, state)


def _of_task(name: str, task: dict[str, Any], ends_well: str) -> Iterator[Mutant]:
    path = ("States", name)
    yield from without(task, path, ("TimeoutSeconds",), ("Catch",), ("Retry",))
    for place, catcher in enumerate(task["Catch"]):
        yield Mutant((*path, "Catch", place, "Next"), ends_well)
        if catcher["ErrorEquals"] != ["States.Timeout"]:
            yield Mutant((*path, "Catch", place, "Next"), name)
            yield Mutant((*path, "Catch", place, "ErrorEquals"), ["States.Timeout"])
    for place, retrier in enumerate(task["Retry"]):
        if retrier["MaxAttempts"] == 0:
            yield Mutant((*path, "Retry", place, "MaxAttempts"), 1)
            yield Mutant((*path, "Retry", place), REMOVED)
            continue
        yield Mutant((*path, "Retry", place, "MaxAttempts"), 0)
        yield Mutant((*path, "Retry", place, "BackoffRate"), 1)
        yield from without_each(retrier, (*path, "Retry", place), ("ErrorEquals",))


def _of_wait(name: str, wait: dict[str, Any], states: dict[str, Any]) -> Iterator[Mutant]:
    """A pause that ends at once, that counts no rounds, or that the steps pass by."""
    path = ("States", name)
    if isinstance(wait.get("Seconds"), int):
        yield Mutant((*path, "Seconds"), 0)
        yield from without(wait, path, ("Output",))
        for other, state in states.items():
            for field in ("Next", "Default"):
                if state.get(field) == name:
                    yield Mutant(("States", other, field), wait["Next"])


def _of_choice(name: str, choice: dict[str, Any]) -> Iterator[Mutant]:
    """A Choice that does not end a loop, or ends it too late, or leads back into it."""
    path, first = ("States", name), choice["Choices"][0]
    if ">" in first["Condition"]:
        yield Mutant((*path, "Choices", 0), REMOVED)
        yield Mutant((*path, "Choices", 0, "Condition"), f"{first['Condition'][:-3]}000 %}}")
        yield Mutant((*path, "Choices", 0, "Next"), choice["Choices"][-1]["Next"])
