"""A step that hangs, gives up at once, or fails unheard."""

from collections.abc import Iterator
from typing import Any

from tests.template_lint.mutation.mutants import Mutant, each_gone, gone


def of_a_workflow(workflow: dict[str, Any]) -> Iterator[Mutant]:
    yield from gone(workflow, (), ("TimeoutSeconds",))
    ends_well = next(name for name, it in workflow["States"].items() if it["Type"] == "Succeed")
    for name, task in workflow["States"].items():
        path = ("States", name)
        if task["Type"] == "Task":
            yield from gone(task, path, ("TimeoutSeconds",), ("Catch",), ("Retry",))
            for place in range(len(task["Catch"])):
                yield Mutant((*path, "Catch", place, "Next"), ends_well)
                yield Mutant((*path, "Catch", place, "ErrorEquals"), ["States.Timeout"])
            for place, retrier in enumerate(task["Retry"]):
                yield Mutant((*path, "Retry", place, "MaxAttempts"), 0)
                yield Mutant((*path, "Retry", place, "BackoffRate"), 1)
                yield from each_gone(retrier, (*path, "Retry", place), ("ErrorEquals",))
