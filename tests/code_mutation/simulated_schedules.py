"""Schedules of the simulator as tests: a judge of mutants besides the unit tests."""

import pytest

from tests.simulation.simulator.schedule import run_schedule

SCHEDULES = 25


@pytest.mark.parametrize("seed", range(1, SCHEDULES + 1))
def test_schedule_keeps_every_invariant(seed: int) -> None:
    assert run_schedule(seed).violations == ()
