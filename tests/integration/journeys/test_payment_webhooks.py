"""The sandbox provider's signed webhooks to the deployed shop: an order follows its payment."""

import pytest

from app.orders.models import IssueReason
from app.orders.transitions import find_order
from infra.ops.sandbox_payments import change_payment
from tests.builders import a_product, counters
from tests.fake_clouds import DeployedShop
from tests.integration.journeys.order_polling import (
    now,
    override_function_settings,
    place_test_order,
    wait_for_status,
)


def test_late_capture_of_a_declined_order_is_refunded(shop: DeployedShop) -> None:
    order = wait_for_status(place_test_order(payment_method="pm_declined"), "declined")

    assert change_payment("capture", order.order_id, now=now()) == 200

    assert find_order(order.order_id).refunded == order.total


def test_refund_in_the_dashboard_while_packing_cancels_the_order(shop: DeployedShop) -> None:
    with override_function_settings(shop, "charge", PACKING_SECONDS="600"):
        order = wait_for_status(place_test_order(product := a_product()), "paid")

    assert change_payment("refund", order.order_id, now=now()) == 200

    closed = wait_for_status(order, "cancelled")
    assert closed.refunded == closed.total
    assert counters(product) == (20, 0, 0)


@pytest.mark.parametrize("decision", ["dispute-won", "dispute-lost"])
def test_dispute_after_shipping_is_an_issue_until_it_is_decided(
    shop: DeployedShop, decision: str
) -> None:
    order = wait_for_status(place_test_order(), "shipped")

    assert change_payment("dispute", order.order_id, now=now()) == 200
    issue = find_order(order.order_id).issue
    assert issue
    assert issue.reason == IssueReason.PAYMENT_DISPUTED

    assert change_payment(decision, order.order_id, now=now()) == 200
    assert find_order(order.order_id).issue is None
