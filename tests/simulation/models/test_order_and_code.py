"""Compares orders that the app's rules created with the states of the order model."""

from typing import NamedTuple

import pytest

from app.orders.models import Order, OrderStatus
from app.orders.next_step import next_step
from app.orders.queries import load_order_details
from app.payments.fake_gateway import Intent
from tests.builders import BUILDERS_BY_STATUS, a_product, an_order_in_status, counters
from tests.simulation.models import order_rules
from tests.simulation.models.order import OrderState

pytestmark = pytest.mark.usefixtures("tables")


class Observation(NamedTuple):
    """The part of a state that the tables and the provider's records show."""

    status: str
    needs_review: bool
    cancel_requested: bool
    final_status: str
    events: tuple[str, ...]
    intent: str
    refunded: bool
    reserved: int
    sold: int


def observe_model(state: OrderState) -> Observation:
    return Observation(
        state.status,
        state.needs_review,
        state.cancel_requested,
        state.final_status,
        tuple(event_type for _, event_type in sorted(state.events)),
        state.intent,
        state.refunds > 0,
        state.reserved - 1,
        state.sold,
    )


def observe_app(status: str) -> tuple[Observation, Order]:
    """An order that the app's rules brought to this status."""
    product = a_product(price=45_000 if status == "reviewing" else 2_450)
    order = an_order_in_status(status, product)
    _, reserved, sold = counters(product)
    intents = [*Intent.scan(Intent.order_id == order.order_id)]
    observation = Observation(
        status,
        order.needs_review,
        order.cancel_requested,
        order.final_status or "",
        tuple(row.type for row in load_order_details(order.order_id).events),
        intents[0].state if intents else "open",
        any(intent.refund_id for intent in intents),
        reserved,
        sold,
    )
    return observation, order


@pytest.fixture(scope="session")
def states_by_observation(order_states: set[OrderState]) -> dict[Observation, set[OrderState]]:
    states: dict[Observation, set[OrderState]] = {}
    for state in order_states:
        states.setdefault(observe_model(state), set()).add(state)
    return states


@pytest.mark.parametrize("status", BUILDERS_BY_STATUS)
def test_orders_of_the_app_are_states_of_the_model_with_the_same_next_step(
    states_by_observation: dict[Observation, set[OrderState]], status: str
) -> None:
    observation, order = observe_app(status)

    assert observation in states_by_observation
    steps = {order_rules.next_step(state) for state in states_by_observation[observation]}
    assert steps == {next_step(order)}


def test_every_status_is_compared() -> None:
    assert BUILDERS_BY_STATUS.keys() == set(OrderStatus)
