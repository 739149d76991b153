"""Mutants of a workflow: a step without timeout, retry or catch, or that ignores a failure."""

from collections.abc import Iterator
from typing import Any

from tests.template_lint.mutation.mutants import Mutant, without, without_each


def of_workflow(workflow: dict[str, Any]) -> Iterator[Mutant]:
    yield from without(workflow, (), ("TimeoutSeconds",))
    ends_well = next(name for name, it in workflow["States"].items() if it["Type"] == "Succeed")
    for name, task in workflow["States"].items():
        path = ("States", name)
        if task["Type"] == "Task":
            yield from without(task, path, ("TimeoutSeconds",), ("Catch",), ("Retry",))
            for place in range(len(task["Catch"])):
                yield Mutant((*path, "Catch", place, "Next"), ends_well)
                yield Mutant((*path, "Catch", place, "ErrorEquals"), ["States.Timeout"])
            for place, retrier in enumerate(task["Retry"]):
                yield Mutant((*path, "Retry", place, "MaxAttempts"), 0)
                yield Mutant((*path, "Retry", place, "BackoffRate"), 1)
                yield from without_each(retrier, (*path, "Retry", place), ("ErrorEquals",))
