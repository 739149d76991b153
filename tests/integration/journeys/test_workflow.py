import pytest

from app.errors import Conflict
from app.orders.cancellation import cancel_order
from app.orders.models import Order
from app.orders.review import decide_review, find_review
from app.persistence.audit_log import SYSTEM_ACTOR
from infra.ops.deployed_stack import DeployedStack
from infra.ops.restart import Restart, restart_workflow
from infra.ops.trace_tree import trace_tree
from infra.ops.traces import read_spans
from infra.user_error import UserError
from tests.builders import UNREACHABLE, a_product, captured_intents
from tests.fake_clouds import DeployedShop
from tests.integration.journeys.order_polling import (
    eventually,
    executions_of,
    now,
    override_function_settings,
    place_test_order,
    states_of,
    wait_for_packing,
    wait_for_status,
)
from tests.invariants import assert_invariants

LARGE = 45_000
NORMAL = ["Charge", "Pack", "Ship"]
CLOSED = ["Charge", "Release", "After release", "Done"]
REVIEWED = ["Charge", "Release", "After release", "Review", "Apply review decision"]
REFUNDED = ["Release", "After release", "Pause", "Route", "Refund", *CLOSED[1:]]


@pytest.mark.parametrize(
    "method",
    ["pm_succeeds", "pm_needs_two_attempts", "pm_times_out_after_capture", "pm_provider_down"],
)
def test_payable_order_is_shipped(shop: DeployedShop, method: str) -> None:
    product = a_product()

    order = wait_for_status(place_test_order(product, payment_method=method), "shipped")

    assert_invariants(order.order_id, product)
    eventually(lambda: executions_of(shop, order), lambda it: it == {order.order_id: "SUCCEEDED"})
    assert states_of(shop, order) == NORMAL


def test_spans_of_an_order_are_read_from_the_functions_logs(shop: DeployedShop) -> None:
    """On a busy machine the emulator logs the last lines of a function with its next invocation."""
    order = wait_for_status(place_test_order(a_product()), "shipped")
    stack = DeployedStack.on_local_cloud(shop.cloud)

    def names() -> set[str]:
        spans = read_spans(stack, order.order_id)
        return {node.span["name"] for node in trace_tree(spans, order.order_id)}

    steps = {"publish order_placed", "email order_placed", "charge", "ship", "email order_shipped"}
    for _ in range(6):
        if steps <= names():
            break
        wait_for_status(place_test_order(a_product()), "shipped")
    assert steps <= names()


@pytest.mark.parametrize("method", ["pm_declined", "pm_insufficient_funds"])
def test_declined_card_declines_the_order(shop: DeployedShop, method: str) -> None:
    product = a_product()

    order = wait_for_status(place_test_order(product, payment_method=method), "declined")

    assert_invariants(order.order_id, product)
    assert captured_intents(order) == []
    assert states_of(shop, order) == CLOSED


def test_approved_large_order_is_shipped(shop: DeployedShop) -> None:
    product = a_product(price=LARGE)
    order = wait_for_status(place_test_order(product), "reviewing")

    decide_review(order.order_id, "approved", "bo@hearth.example", "", now=now())

    wait_for_status(order, "shipped")
    assert_invariants(order.order_id, product)
    assert states_of(shop, order) == [*REVIEWED, "Pause", "Route", *NORMAL]


def test_rejected_large_order_is_cancelled(shop: DeployedShop) -> None:
    product = a_product(price=LARGE)
    order = wait_for_status(place_test_order(product), "reviewing")

    decide_review(order.order_id, "rejected", "bo@hearth.example", "too many", now=now())

    wait_for_status(order, "cancelled")
    assert_invariants(order.order_id, product)
    eventually(lambda: executions_of(shop, order), lambda it: it == {order.order_id: "SUCCEEDED"})


def test_large_order_is_cancelled_when_its_review_times_out(shop: DeployedShop) -> None:
    product = a_product(price=LARGE)

    order = wait_for_status(place_test_order(product), "cancelled")

    review = find_review(order.order_id)
    assert review
    assert review.decided_by == SYSTEM_ACTOR
    assert_invariants(order.order_id, product)


def test_cancellation_during_review_ends_the_workflow_at_once(shop: DeployedShop) -> None:
    product = a_product(price=LARGE)
    order = wait_for_status(place_test_order(product), "reviewing")

    assert cancel_order(order.order_id, now=now()).status == "cancelled"

    eventually(lambda: executions_of(shop, order), lambda it: it == {order.order_id: "SUCCEEDED"})
    assert_invariants(order.order_id, product)


def test_cancellation_while_packing_refunds_at_once(shop: DeployedShop) -> None:
    product = a_product()
    with override_function_settings(shop, "charge", PACKING_SECONDS="600"):
        order = wait_for_status(place_test_order(product), "paid")
    wait_for_packing(shop, order)

    cancel_order(order.order_id, now=now())

    assert wait_for_status(order, "cancelled").refunded == order.total
    assert_invariants(order.order_id, product)
    assert executions_of(shop, order) == {order.order_id: "RUNNING"}


def test_workflow_of_an_order_that_was_cancelled_while_packing_ends(shop: DeployedShop) -> None:
    with override_function_settings(shop, "charge", PACKING_SECONDS="10"):
        order = wait_for_status(place_test_order(), "paid")
    wait_for_packing(shop, order)

    cancel_order(order.order_id, now=now())

    wait_for_status(order, "cancelled")
    assert states_of(shop, order) == NORMAL
    assert executions_of(shop, order) == {order.order_id: "SUCCEEDED"}


def test_cancellation_while_the_provider_is_down_ends_without_a_charge(shop: DeployedShop) -> None:
    product = a_product()
    order = wait_for_status(place_test_order(product, payment_method="pm_provider_down"), "paying")

    assert cancel_order(order.order_id, now=now()).cancel_requested

    wait_for_status(order, "cancelled")
    assert captured_intents(order) == []
    assert_invariants(order.order_id, product)


def test_shipped_order_cannot_be_cancelled(shop: DeployedShop) -> None:
    order = wait_for_status(place_test_order(), "shipped")

    with pytest.raises(Conflict):
        cancel_order(order.order_id, now=now())


def test_undeliverable_order_is_refunded(shop: DeployedShop) -> None:
    product = a_product()

    order = wait_for_status(place_test_order(product, street=UNREACHABLE), "cancelled")

    assert order.refunded == order.total
    assert_invariants(order.order_id, product)
    assert states_of(shop, order) == [*NORMAL, *REFUNDED]


def test_aborted_workflow_is_restarted_by_the_reconciler(shop: DeployedShop) -> None:
    product = a_product()
    with override_function_settings(shop, "charge", PACKING_SECONDS="600"):
        order = wait_for_status(place_test_order(product), "paid")
    machine = shop.outputs["FulfillOrderStateMachine"]
    execution = f"{machine.replace(':stateMachine:', ':execution:')}:{order.order_id}"
    shop.cloud.client("stepfunctions").stop_execution(executionArn=execution)
    order.update(actions=[Order.packing_until.set(now())])

    wait_for_status(order, "shipped")  # EventBridge notifies the reconciler's queue
    assert set(executions_of(shop, order)) == {order.order_id, f"{order.order_id}-r2"}
    assert_invariants(order.order_id, product)


def test_operator_restarts_the_workflow_of_one_order(shop: DeployedShop) -> None:
    stack = DeployedStack.on_local_cloud(shop.cloud)
    with override_function_settings(shop, "charge", PACKING_SECONDS="600"):
        order = wait_for_status(place_test_order(a_product()), "paid")

    running = restart_workflow(stack, order.order_id)
    assert running == Restart("paid", order.order_id, started=False)

    machine = shop.outputs["FulfillOrderStateMachine"]
    execution = f"{machine.replace(':stateMachine:', ':execution:')}:{order.order_id}"
    shop.cloud.client("stepfunctions").stop_execution(executionArn=execution)
    order.update(actions=[Order.packing_until.set(now())])
    restart = restart_workflow(stack, order.order_id)
    assert restart.execution == f"{order.order_id}-r2"
    wait_for_status(order, "shipped")
    with pytest.raises(UserError, match="There is no order"):
        restart_workflow(stack, "01ARZ3NDEKTSV4RRFFQ69G5FAV")
