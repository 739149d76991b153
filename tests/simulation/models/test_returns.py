import pytest

from tests.printed_figures import PrintFigure
from tests.simulation.models.returns import ALL_GUARDS, Guard, can_finish, explore_returns


def test_return_is_never_refunded_or_restocked_twice_and_can_always_end(
    print_figure: PrintFigure,
) -> None:
    explored = explore_returns()

    assert explored.violation == "", explored.counterexample
    assert all(can_finish(row) for row, _ in explored.states)
    print_figure(f"model of returns: {len(explored.states)} states")


@pytest.mark.parametrize(
    ("guard", "violation"),
    [
        (Guard.LOOKED_UP, "RT2: refunded twice"),
        (Guard.SAME_KEY, "RT2: refunded twice"),
        (Guard.RECORDED_ONCE, "S3: restocked twice"),
        (Guard.ONE_TRANSACTION, "S3: restocked twice"),
    ],
)
def test_without_a_guard_a_return_is_refunded_or_restocked_twice(
    guard: Guard, violation: str
) -> None:
    explored = explore_returns(ALL_GUARDS - {guard})

    assert explored.violation == violation, explored.counterexample
