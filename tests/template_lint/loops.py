"""W19: every loop of a workflow waits in each round, and ends after a number of rounds.

A state whose retries never end, or whose steps call each other again without a pause, costs money
each second: Step Functions bills every transition, and ends an execution only after 25,000 events.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.template_lint.findings import Finding
from tests.template_lint.wiring import Wiring

type States = Mapping[str, Mapping[str, Any]]

MIN_WAIT_SECONDS = 2
MAX_ROUNDS = 100
BOUND = re.compile(r"\{% \$states\.input\.(\w+) >=? (\d+) %\}")


def check_loops(wiring: Wiring) -> Iterator[Finding]:
    for machine, workflow in wiring.workflows.items():
        states: States = workflow["States"]
        waiting = {name for name, state in states.items() if _waits(state)}
        if loop := _find_loop(states, without=waiting):
            yield Finding(
                machine,
                f"can repeat {loop} without a pause: let the loop pass a Wait of "
                f"{MIN_WAIT_SECONDS} seconds or more. A step that waits for a task token can fail "
                "at once, so it does not count.",
                "wait",
            )
        bounded = {name for name in states if _ends_loops(states, name)}
        if loop := _find_loop(states, without=bounded):
            yield Finding(
                machine,
                f"can repeat {loop} for ever: let the loop pass a Choice whose first rule "
                f"leaves it after at most {MAX_ROUNDS} rounds, and a state that counts them.",
                "bound",
            )


def next_states(state: Mapping[str, Any]) -> list[str]:
    """All states that may follow, also after an error."""
    named = [state.get("Next"), state.get("Default")]
    rules = [*state.get("Choices", ()), *state.get("Catch", ())]
    return [name for name in (*named, *(rule["Next"] for rule in rules)) if name]


def _waits(state: Mapping[str, Any]) -> bool:
    seconds = state.get("Seconds")
    return state["Type"] == "Wait" and isinstance(seconds, int) and seconds >= MIN_WAIT_SECONDS


def _ends_loops(states: States, name: str) -> bool:
    """Whether the first rule of this Choice leaves all loops once a counter is high enough."""
    rules = states[name].get("Choices", ())
    bound = BOUND.fullmatch(rules[0]["Condition"]) if rules else None
    if bound is None or int(bound[2]) > MAX_ROUNDS:
        return False
    counted = any(
        _counts(state, bound[1]) and _is_before(states, state, name) for state in states.values()
    )
    return counted and name not in _reachable(states, rules[0]["Next"])


def _counts(state: Mapping[str, Any], counter: str) -> bool:
    text = str(state.get("Output", ""))
    return f"'{counter}': $sum([$states.input.{counter}, 1])" in text


def _is_before(states: States, state: Mapping[str, Any], name: str) -> bool:
    """Whether the Choice follows this state directly, so that no round passes one of them by."""
    incoming = [it for it in states.values() if name in next_states(it)]
    return all(it is state for it in incoming)


def _reachable(states: States, start: str) -> set[str]:
    reached, waiting = {start}, [start]
    while waiting:
        new = set(next_states(states[waiting.pop()])) - reached
        reached |= new
        waiting += new
    return reached


def _find_loop(states: States, *, without: set[str]) -> str:
    """The states of a loop that passes none of these, in order; empty if there is none."""
    done: set[str] = set()
    for start in states:
        if loop := _search(states, start, without | done, (start,)):
            return " -> ".join(loop)
        done.add(start)
    return ""


def _search(states: States, name: str, skipped: set[str], path: tuple[str, ...]) -> tuple[str, ...]:
    if name in skipped:
        return ()
    for following in next_states(states[name]):
        if following == path[0]:
            return (*path, following)
        if following not in path and (
            loop := _search(states, following, skipped, (*path, following))
        ):
            return loop
    return ()
