"""The order model with all its guards, explored once for all tests that need its states."""

import pytest

from tests.simulation.models.explorer import Explored
from tests.simulation.models.order import OrderState
from tests.simulation.models.order_interleavings import OrderModel, State


@pytest.fixture(scope="session")
def order_model() -> OrderModel:
    return OrderModel()


@pytest.fixture(scope="session")
def explored(order_model: OrderModel) -> Explored[State]:
    """All states that two concurrent rules can reach, crashes included."""
    return order_model.explore()


@pytest.fixture(scope="session")
def order_states(explored: Explored[State]) -> set[OrderState]:
    return {order for order, _ in explored.states}
