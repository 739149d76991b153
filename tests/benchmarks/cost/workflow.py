"""One run of a state machine in calm weather, each state that is entered counted."""

from collections.abc import Callable
from typing import Any

from tests.benchmarks.cost.design import Design, Handler
from tests.simulation.simulator.workflows import evaluate_expression, evaluate_template

type Data = dict[str, Any]
type Invoke = Callable[[str, Handler, Data], Any]


def run(design: Design, given: Data, *, invoke: Invoke, count: Callable[[str], None]) -> None:
    """Step Functions bills each step that is executed: choices, waits and the end among them."""
    context = {"Execution": {"Input": given}}
    state = design.machine["StartAt"]
    while True:
        count("transitions")
        definition = design.machine["States"][state]
        facts = {"input": given, "context": context | {"State": {"Name": state}}}
        match definition["Type"]:
            case "Task":
                given = _task(design, definition, facts, invoke)
            case "Choice":
                state = _chosen(definition, facts)
                continue
            case "Wait":  # until a moment that has come already: packing takes no time here
                pass
            case "Succeed":
                return
            case other:
                raise AssertionError(f"In calm weather no order comes to {state} ({other}).")
        state = definition["Next"]


def _task(design: Design, definition: Data, facts: Data, invoke: Invoke) -> Data:
    name = definition["Arguments"]["FunctionName"].removeprefix("${").removesuffix("Function}")
    payload = evaluate_template(definition["Arguments"]["Payload"], facts)
    answer = {"Payload": invoke(name, design.steps[name], payload)}
    given: Data = evaluate_template(definition["Output"], {**facts, "result": answer})
    return given


def _chosen(definition: Data, facts: Data) -> str:
    for choice in definition["Choices"]:
        if evaluate_expression(choice["Condition"], facts):
            return str(choice["Next"])
    return str(definition["Default"])
