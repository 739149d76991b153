import pytest

from app.errors import Conflict
from app.orders.cancellation import cancel_order
from app.orders.models import Order
from app.orders.review import decide_review, find_review
from tests.builders import UNREACHABLE, a_product, captured_intents
from tests.fake_clouds import DeployedShop
from tests.integration.journeys.order_polling import (
    becomes,
    eventually,
    now,
    ordered,
    runs_of,
    told_to_function,
)
from tests.invariants import assert_invariants

LARGE = 45_000


@pytest.mark.parametrize(
    "method",
    ["pm_succeeds", "pm_needs_two_attempts", "pm_times_out_after_capture", "pm_provider_down"],
)
def test_what_can_be_paid_is_shipped(shop: DeployedShop, method: str) -> None:
    product = a_product()

    order = becomes(ordered(product, payment_method=method), "shipped")

    assert_invariants(order.order_id, product)
    eventually(lambda: runs_of(shop, order), lambda it: it == {order.order_id: "SUCCEEDED"})


@pytest.mark.parametrize("method", ["pm_declined", "pm_insufficient_funds"])
def test_what_cannot_be_paid_is_declined(shop: DeployedShop, method: str) -> None:
    product = a_product()

    order = becomes(ordered(product, payment_method=method), "declined")

    assert_invariants(order.order_id, product)
    assert captured_intents(order) == []


def test_a_large_order_that_a_merchant_approves_is_shipped(shop: DeployedShop) -> None:
    product = a_product(price=LARGE)
    order = becomes(ordered(product), "reviewing")

    decide_review(order.order_id, "approved", "bo@hearth.example", "", now=now())

    becomes(order, "shipped")
    assert_invariants(order.order_id, product)


def test_a_large_order_that_a_merchant_refuses_is_cancelled(shop: DeployedShop) -> None:
    product = a_product(price=LARGE)
    order = becomes(ordered(product), "reviewing")

    decide_review(order.order_id, "rejected", "bo@hearth.example", "too many", now=now())

    becomes(order, "cancelled")
    assert_invariants(order.order_id, product)
    eventually(lambda: runs_of(shop, order), lambda it: it == {order.order_id: "SUCCEEDED"})


def test_a_large_order_that_nobody_looks_at_is_refused_by_the_clock(shop: DeployedShop) -> None:
    product = a_product(price=LARGE)

    order = becomes(ordered(product), "cancelled")

    review = find_review(order.order_id)
    assert review
    assert review.decided_by == "nobody, in time"
    assert_invariants(order.order_id, product)


def test_cancelling_in_review_ends_the_workflow_at_once(shop: DeployedShop) -> None:
    product = a_product(price=LARGE)
    order = becomes(ordered(product), "reviewing")

    assert cancel_order(order.order_id, now=now()).status == "cancelled"

    eventually(lambda: runs_of(shop, order), lambda it: it == {order.order_id: "SUCCEEDED"})
    assert_invariants(order.order_id, product)


def test_cancelling_while_it_is_packed_gives_the_money_back_at_once(shop: DeployedShop) -> None:
    product = a_product()
    with told_to_function(shop, "charge", PACKING_SECONDS="600"):
        order = becomes(ordered(product), "paid")

    cancel_order(order.order_id, now=now())

    assert becomes(order, "cancelled").refunded == order.total
    assert_invariants(order.order_id, product)
    assert runs_of(shop, order) == {order.order_id: "RUNNING"}


def test_cancelling_while_the_provider_is_down_ends_without_a_charge(shop: DeployedShop) -> None:
    product = a_product()
    order = becomes(ordered(product, payment_method="pm_provider_down"), "paying")

    assert cancel_order(order.order_id, now=now()).cancel_requested

    becomes(order, "cancelled")
    assert captured_intents(order) == []
    assert_invariants(order.order_id, product)


def test_cancelling_is_too_late_once_it_is_shipped(shop: DeployedShop) -> None:
    order = becomes(ordered(), "shipped")

    with pytest.raises(Conflict):
        cancel_order(order.order_id, now=now())


def test_what_no_carrier_takes_is_refunded(shop: DeployedShop) -> None:
    product = a_product()

    order = becomes(ordered(product, street=UNREACHABLE), "cancelled")

    assert order.refunded == order.total
    assert_invariants(order.order_id, product)


def test_a_workflow_that_was_ended_is_followed_by_a_second_run(shop: DeployedShop) -> None:
    product = a_product()
    with told_to_function(shop, "charge", PACKING_SECONDS="600"):
        order = becomes(ordered(product), "paid")
    run = f"{shop.outputs['Workflow'].replace(':stateMachine:', ':execution:')}:{order.order_id}"
    shop.cloud.client("stepfunctions").stop_execution(executionArn=run)
    order.update(actions=[Order.packing_until.set(now())])

    becomes(order, "shipped")  # EventBridge tells the reconciler's queue
    assert set(runs_of(shop, order)) == {order.order_id, f"{order.order_id}-r2"}
    assert_invariants(order.order_id, product)
