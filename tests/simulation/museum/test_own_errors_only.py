"""Exhibit 7: the way back is taken for errors of one's own; all others leave things half done."""

import pytest

from app.orders.payment import charge
from app.orders.transitions import find_order
from app.payments.gateway import GatewayUnavailable
from tests.builders import NOON, a_product, an_order, counters
from tests.invariants import assert_invariants, run_to_completion
from tests.simulation.museum.world import Declined, World


def fulfil(world: World, order_id: str) -> None:
    world.put("pot", held=1)
    try:
        world.charge(order_id)
    except Declined:
        world.put("pot", held=0)
        world.put(order_id, status="declined")
    else:
        world.put(order_id, status="paid")


def no_answer() -> None:
    raise TimeoutError


def test_a_piece_is_held_for_an_order_that_nobody_comes_back_to() -> None:
    world = World().meanwhile("charge", no_answer)

    with pytest.raises(TimeoutError):
        fulfil(world, "order")

    assert world.rows == {"pot": {"held": 1}}


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("method", ["pm_needs_two_attempts", "pm_times_out_after_capture"])
def test_with_us_any_step_may_fail_and_be_taken_again(method: str) -> None:
    product = a_product()
    order = an_order(product, payment_method=method)

    with pytest.raises(GatewayUnavailable):
        charge(order.order_id, now=NOON)
    half_way = find_order(order.order_id)
    run_to_completion(order.order_id)

    assert (half_way.status, half_way.due_at is not None) == ("paying", True)
    assert counters(product) == (19, 0, 1)
    assert_invariants(order.order_id, product)
