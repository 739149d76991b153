"""Exhibit 7, missing compensation: a timeout is not handled, and the stock stays reserved."""

import pytest

from app.orders.payment import charge
from app.orders.transitions import find_order
from app.payments.gateway import GatewayUnavailable
from tests.builders import NOON, a_product, an_order, counters
from tests.invariants import assert_invariants, run_to_completion
from tests.simulation.museum.fake_services import CardDeclined, FakeServices


def fulfill(services: FakeServices, order_id: str) -> None:
    services.put("pot", reserved=1)
    try:
        services.charge(order_id)
    except CardDeclined:
        services.put("pot", reserved=0)
        services.put(order_id, status="declined")
    else:
        services.put(order_id, status="paid")


def time_out() -> None:
    raise TimeoutError


def test_timeout_leaves_stock_reserved_forever() -> None:
    services = FakeServices().interleave("charge", time_out)

    with pytest.raises(TimeoutError):
        fulfill(services, "order")

    assert services.rows == {"pot": {"reserved": 1}}


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("method", ["pm_needs_two_attempts", "pm_times_out_after_capture"])
def test_app_can_repeat_any_step_after_a_timeout(method: str) -> None:
    product = a_product()
    order = an_order(product, payment_method=method)

    with pytest.raises(GatewayUnavailable):
        charge(order.order_id, now=NOON)
    interrupted = find_order(order.order_id)
    run_to_completion(order.order_id)

    assert (interrupted.status, interrupted.next_check_at is not None) == ("paying", True)
    assert counters(product) == (19, 0, 1)
    assert_invariants(order.order_id, product)
