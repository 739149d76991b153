"""Every order of calls of four orders that compete for two redemptions of one code."""

from dataclasses import replace

import pytest

from tests.printed_figures import PrintFigure
from tests.simulation.models.discount import APP, HELD, State, Steps, find_violation
from tests.simulation.models.explorer import explore


def test_code_is_never_redeemed_once_too_often(print_figure: PrintFigure) -> None:
    explored = explore([State()], Steps(APP), find_violation)

    print_figure(f"{len(explored.states)} states")
    assert (explored.violation, explored.counterexample) == ("", [])
    assert any(state.orders.count(HELD) == 2 for state in explored.states)


def test_code_that_was_given_back_is_used_by_the_next_customer() -> None:
    explored = explore([State()], Steps(APP), find_violation)

    assert any(
        state.orders[0] == "closed" and state.orders[1] == "used" for state in explored.states
    )


@pytest.mark.parametrize(
    ("guard", "violation"),
    [
        ("checks_code", "redeemed too often"),
        ("checks_customer", "redeemed too often by one customer"),
        ("redeems_with_order", "redeemed 1 times, 0 orders have it"),
        ("gives_back_with_close", "redeemed 1 times, 0 orders have it"),
        ("close_is_conditional", "redeemed 0 times, 1 orders have it"),
    ],
)
def test_each_guard_is_needed(guard: str, violation: str) -> None:
    unsafe = replace(APP, **{guard: False})

    explored = explore([State()], Steps(unsafe), find_violation)

    assert explored.violation == violation
    assert explored.counterexample
