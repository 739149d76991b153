"""The order's model with all its guards, looked at once for all that ask about it."""

import pytest

from tests.simulation.models.explorer import Explored
from tests.simulation.models.order import World
from tests.simulation.models.order_interleavings import Play, State


@pytest.fixture(scope="session")
def play() -> Play:
    return Play()


@pytest.fixture(scope="session")
def explored(play: Play) -> Explored[State]:
    """All that two may do at once; anything that one of them has half done may lie between."""
    return play.explored()


@pytest.fixture(scope="session")
def worlds(explored: Explored[State]) -> set[World]:
    return {world for world, _ in explored.states}
