"""One execution of a state machine without failures, in which each entered state is counted."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

from app import clock
from tests.benchmarks.cost.design import Design, Handler
from tests.simulation.simulator.expressions import evaluate_expression, evaluate_template

type Data = dict[str, Any]
type Invoke = Callable[[str, Handler, Data], Any]


def run_execution(
    design: Design, state_input: Data, *, invoke: Invoke, count: Callable[[str], None]
) -> None:
    """Step Functions bills each state that is entered, including choices, waits and the end.

    Packing takes no time here, but the steps after it have a clock that is as much later.
    """
    with ExitStack() as clocks:
        _run(design, state_input, invoke=invoke, count=count, clocks=clocks)


def _run(
    design: Design,
    state_input: Data,
    *,
    invoke: Invoke,
    count: Callable[[str], None],
    clocks: ExitStack,
) -> None:
    context = {"Execution": {"Input": state_input}}
    state = design.machine["StartAt"]
    while state:
        count("transitions")
        definition = design.machine["States"][state]
        facts = {"input": state_input, "context": context | {"State": {"Name": state}}}
        match definition["Type"]:
            case "Task":
                state_input = _run_task(design, definition, facts, invoke)
            case "Choice":
                state = _choose(definition, facts)
                continue
            case "Wait":
                seconds = evaluate_template(definition["Seconds"], facts)
                clocks.enter_context(clock.use_clock(_later(seconds)))
            case "Succeed":
                pass
            case other:
                raise AssertionError(f"Without failures no order reaches {state} ({other}).")
        state = definition.get("Next", "")  # the last state has none


def _later(seconds: float) -> clock.Clock:
    later = clock.now() + timedelta(seconds=seconds)
    return lambda: later


def _run_task(design: Design, definition: Data, facts: Data, invoke: Invoke) -> Data:
    name = definition["Arguments"]["FunctionName"].removeprefix("${").removesuffix("Function}")
    payload = evaluate_template(definition["Arguments"]["Payload"], facts)
    answer = {"Payload": invoke(name, design.steps[name], payload)}
    output: Data = evaluate_template(definition["Output"], {**facts, "result": answer})
    return output


def _choose(definition: Data, facts: Data) -> str:
    for choice in definition["Choices"]:
        if evaluate_expression(choice["Condition"], facts):
            return str(choice["Next"])
    return str(definition["Default"])
