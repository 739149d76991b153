"""One execution of an order runs at a time, an ended one is followed, and steps ignore the run."""

import re

import pytest

from infra.build.bundles import ROOT
from tests.printed_figures import PrintFigure
from tests.simulation.models.explorer import Explored
from tests.simulation.models.workflow_runs import (
    ABSENT,
    ALL_RUN_GUARDS,
    MAX_RUNS,
    RUNNING,
    RunGuard,
    RunsState,
    State,
    explore_runs,
    results_of_check,
)

VIOLATION_WITHOUT = {
    RunGuard.REFUSED_FIRST: "W4: the next run was counted before the last had ended",
    RunGuard.SAME_INPUT: "W4: the next run was counted before the last had ended",
    RunGuard.COUNTED_IF_SAME: "W3: a later run than the row's number was started",
    RunGuard.NAME_ONCE: "W2: one run was started twice",
}
# They count, read or store the number of a run. Everywhere else a step acts by the order's status
# alone, so ``order_rules.py`` lets any step begin at any time, whichever run it is of.
KNOW_THE_RUN = {
    "app/orders/models.py",
    "app/orders/reconciliation.py",
    "workers/reconcile.py",
    "workers/workflow_runs.py",
}
RUN = re.compile(r"\bcurrent_run\b|\b[Oo]rder\.run\b|\brun=")


@pytest.fixture(scope="module")
def explored() -> Explored[State]:
    return explore_runs()


def test_every_reachable_state_keeps_every_invariant(
    explored: Explored[State], print_figure: PrintFigure
) -> None:
    assert explored.violation == "", explored.counterexample
    print_figure(f"model of runs: {len(explored.states)} states")


@pytest.mark.parametrize("guard", VIOLATION_WITHOUT, ids=lambda guard: guard.name)
def test_without_a_guard_an_invariant_is_violated(guard: RunGuard) -> None:
    explored = explore_runs(ALL_RUN_GUARDS - {guard})

    assert explored.violation == VIOLATION_WITHOUT[guard], explored.counterexample


def open_states(explored: Explored[State]) -> set[RunsState]:
    """Of open orders with a run left: the model is bounded, the app is not."""
    return {it for it, _ in explored.states if it.is_open and it.executions[-1] == ABSENT}


def is_followed(states: set[RunsState]) -> bool:
    return all(state.executions.count(RUNNING) == 1 for state in states)


def test_one_check_of_an_open_order_leaves_exactly_one_execution_running(
    explored: Explored[State],
) -> None:
    states = open_states(explored)

    assert [it for it in states if not is_followed(results_of_check(it))] == []
    assert {it.run for it in states} == set(range(1, MAX_RUNS + 1))


def test_without_a_start_of_counted_runs_an_order_waits_for_ever(
    explored: Explored[State],
) -> None:
    guards = ALL_RUN_GUARDS - {RunGuard.STARTED_IF_ABSENT}

    stuck = [it for it in open_states(explored) if not is_followed(results_of_check(it, guards))]

    assert stuck


def test_no_step_of_an_order_depends_on_the_run() -> None:
    """So a step of an outdated run does what the latest one would do at the same moment."""
    folders = ("app/orders", "app/payments", "app/inventory", "app/shipping", "workers", "workflow")
    files = [it for folder in folders for it in (ROOT / folder).rglob("*.py")]

    assert {str(it.relative_to(ROOT)) for it in files if RUN.search(it.read_text())} == KNOW_THE_RUN
