"""The model of a workflow's runs: who counts the next run, who starts it, and how many run at once.

The number of the latest run stands on the order's row, and an execution is named after it. This is
the specification of ``workers/workflow_runs.py`` and ``app/orders/reconciliation.py``. The steps of
a run are in ``order_rules.py``: no rule there depends on the run that calls it.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

from tests.simulation.models.explorer import Explored, Step, explore

MAX_RUNS = 3
ABSENT, RUNNING, ENDED = "", "running", "ended"
# How StartExecution finds the execution of a name. That it has ended may be known a moment later.
POSSIBLE_ANSWERS = {ABSENT: {ABSENT}, RUNNING: {RUNNING}, ENDED: {RUNNING, ENDED}}


class RunGuard(StrEnum):
    """What keeps the invariants."""

    REFUSED_FIRST = "the next run is counted only if Step Functions refuses the name of the last"
    SAME_INPUT = "every caller, of any release, starts a run with the same input"
    COUNTED_IF_SAME = "a run is counted only if the number is the one that was read"
    NAME_ONCE = "Step Functions starts one execution of a name"
    STARTED_IF_ABSENT = "a check starts the latest run before it counts the next"


type RunGuards = frozenset[RunGuard]
ALL_RUN_GUARDS: RunGuards = frozenset(RunGuard)


class RunsState(NamedTuple):
    """The order's row and its executions, by the number of their run. Failures end executions."""

    run: int = 1
    is_open: bool = True
    executions: tuple[str, ...] = (ABSENT,) * MAX_RUNS
    started_twice: bool = False


class Caller(NamedTuple):
    """The fulfillment worker, a check of the reconciler or of an operator, or a notice."""

    call: str
    run: int = 0  # as it was read, or the one to start


type Callers = tuple[Caller, ...]
type State = tuple[RunsState, Callers]
type Outcome = tuple[RunsState, Caller | None]
type Call = Callable[[RunsState, Caller, RunGuards], Iterator[Outcome]]

BEGINNINGS = (Caller("start", 1), Caller("check"), Caller("notice"))


def check(state: RunsState, _: Caller, guards: RunGuards) -> Iterator[Outcome]:
    yield state, Caller("start_latest", state.run) if state.is_open else None


def notice(state: RunsState, _: Caller, guards: RunGuards) -> Iterator[Outcome]:
    """A message that the latest run has failed, which may be invented."""
    then = "start_latest" if RunGuard.REFUSED_FIRST in guards else "count"
    yield state, Caller(then, state.run) if state.is_open else None


def start_latest(state: RunsState, caller: Caller, guards: RunGuards) -> Iterator[Outcome]:
    """StartExecution with the name of the latest run: AWS refuses it if that run has ended."""
    for answer in POSSIBLE_ANSWERS[state.executions[caller.run - 1]]:
        if answer == ENDED:
            yield state, Caller("count", caller.run)
        elif answer == ABSENT and RunGuard.STARTED_IF_ABSENT in guards:
            yield from start(state, caller, guards)
        elif answer == RUNNING and RunGuard.SAME_INPUT not in guards:
            yield state, Caller("count", caller.run)  # refused for another input
        else:
            yield state, None


def count(state: RunsState, caller: Caller, guards: RunGuards) -> Iterator[Outcome]:
    is_same = state.run == caller.run or RunGuard.COUNTED_IF_SAME not in guards
    if is_same and state.is_open and caller.run < MAX_RUNS:
        yield state._replace(run=caller.run + 1), Caller("start", caller.run + 1)
    else:
        yield state, None


def start(state: RunsState, caller: Caller, guards: RunGuards) -> Iterator[Outcome]:
    """Idempotent by the name of the execution."""
    if state.executions[caller.run - 1] == ABSENT:
        yield _with_execution(state, caller.run, RUNNING), None
    elif RunGuard.NAME_ONCE in guards:
        yield state, None
    else:
        yield _with_execution(state, caller.run, RUNNING)._replace(started_twice=True), None


CALLS: dict[str, Call] = {
    "check": check,
    "notice": notice,
    "start_latest": start_latest,
    "count": count,
    "start": start,
}


def find_violation(state: RunsState) -> str:
    if state.started_twice:
        return "W2: one run was started twice"
    if state.executions.count(RUNNING) > 1:
        return "W1: two executions of one order are running"
    if any(state.executions[state.run :]):
        return "W3: a later run than the row's number was started"
    if set(state.executions[: state.run - 1]) - {ENDED}:
        return "W4: the next run was counted before the last had ended"
    return ""


def steps(state: State, guards: RunGuards, concurrency: int) -> Iterator[Step[State]]:
    """Callers begin, continue or crash; executions end; the order closes. All at any time."""
    order, callers = state
    for after in _events(order):
        yield "an execution ends, or the order closes", (after, callers)
    if len(callers) < concurrency:
        for caller in BEGINNINGS:
            yield f"{caller.call} begins", (order, _sorted(*callers, caller))
    for at, caller in enumerate(callers):
        others = callers[:at] + callers[at + 1 :]
        yield f"crashes before {caller.call}", (order, others)
        for after, then in CALLS[caller.call](order, caller, guards):
            yield caller.call, (after, _sorted(*others, then) if then else others)


def _events(state: RunsState) -> Iterator[RunsState]:
    for run, status in enumerate(state.executions, 1):
        if status == RUNNING:
            yield _with_execution(state, run, ENDED)
            yield _with_execution(state, run, ENDED)._replace(is_open=False)
    yield state._replace(is_open=False)  # a worker or the web function closes it


def _with_execution(state: RunsState, run: int, status: str) -> RunsState:
    executions = (*state.executions[: run - 1], status, *state.executions[run:])
    return state._replace(executions=executions)


def _sorted(*callers: Caller) -> Callers:
    return tuple(sorted(callers))


def explore_runs(guards: RunGuards = ALL_RUN_GUARDS, *, concurrency: int = 3) -> Explored[State]:
    return explore(
        [(RunsState(), ())],
        lambda state: steps(state, guards, concurrency),
        lambda state: find_violation(state[0]),
    )


def results_of_check(state: RunsState, guards: RunGuards = ALL_RUN_GUARDS) -> set[RunsState]:
    """Where an undisturbed check may end, if Step Functions' answers are up to date."""
    results, started = set[RunsState](), [(state, Caller("check"))]
    while started:
        order, caller = started.pop()
        for after, then in CALLS[caller.call](order, caller, guards):
            has_ended = caller.run and order.executions[caller.run - 1] == ENDED
            if then:
                started.append((after, then))
            elif not (caller.call == "start_latest" and has_ended):  # its answer was outdated
                results.add(after)
    return results
