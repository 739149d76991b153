"""Polls the deployed stack until an order or another value is as expected."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from app.catalog.models import Product
from app.orders.models import Order
from app.orders.transitions import find_order
from tests.builders import a_product, an_order
from tests.fake_clouds import DeployedShop

DEADLINE_SECONDS = 120.0  # on an idle machine most conditions hold after one second


def eventually[T](read: Callable[[], T], until: Callable[[T], bool] = bool) -> T:
    """The value of ``read`` as soon as ``until`` accepts it; fails after the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not until(value := read()):
        if time.monotonic() > deadline:
            raise AssertionError(
                f"After {DEADLINE_SECONDS:.0f} seconds the value is still {value!r}."
            )
        time.sleep(0.05)
    return value


def now() -> datetime:
    return datetime.now(UTC)


def place_test_order(product: Product | None = None, **details: Any) -> Order:
    """Place an order now, by the rule that the checkout page calls."""
    return an_order(product or a_product(), now=now(), **details)


def wait_for_status(order: Order, status: str) -> Order:
    return eventually(lambda: find_order(order.order_id), lambda it: it.status == status)


def executions_of(shop: DeployedShop, order: Order) -> dict[str, str]:
    """The status of each execution of an order's workflow, by the execution's name."""
    states = shop.cloud.client("stepfunctions")
    pages = states.get_paginator("list_executions").paginate(
        stateMachineArn=shop.outputs["FulfillOrderStateMachine"]
    )
    executions = (it for page in pages for it in page["executions"])
    return {it["name"]: it["status"] for it in executions if it["name"].startswith(order.order_id)}


def wait_for_packing(shop: DeployedShop, order: Order) -> None:
    """An order is paid a moment before: the step still reads it, and would see a cancellation."""
    eventually(lambda: entered_states(shop, order), lambda it: it[-1:] == ["Pack"])


def states_of(shop: DeployedShop, order: Order) -> list[str]:
    """The states that the first execution of an order's workflow has entered, once it has ended."""
    eventually(lambda: executions_of(shop, order)[order.order_id], lambda it: it != "RUNNING")
    return entered_states(shop, order)


def entered_states(shop: DeployedShop, order: Order) -> list[str]:
    machine = shop.outputs["FulfillOrderStateMachine"]
    execution = f"{machine.replace(':stateMachine:', ':execution:')}:{order.order_id}"
    pages = shop.cloud.client("stepfunctions").get_paginator("get_execution_history")
    events = [it for page in pages.paginate(executionArn=execution) for it in page["events"]]
    entered = (it["stateEnteredEventDetails"] for it in events if "stateEnteredEventDetails" in it)
    return [state["name"] for state in entered]


def invoke(shop: DeployedShop, function: str, payload: object) -> dict[str, Any]:
    """Invoke a function directly; ``failed`` is whether it raised."""
    answer = shop.cloud.client("lambda").invoke(
        FunctionName=f"hearth-and-clay-{function}", Payload=json.dumps(payload)
    )
    payload = json.loads(answer["Payload"].read() or "null")
    return {"payload": payload, "failed": "FunctionError" in answer}


@contextmanager
def override_function_settings(
    shop: DeployedShop, function: str, **variables: str
) -> Iterator[None]:
    """Change environment variables of a deployed function inside the block."""
    functions, name = shop.cloud.client("lambda"), f"hearth-and-clay-{function}"
    before = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]

    def update_variables(variables: dict[str, str]) -> None:
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables}
        )

    update_variables(before | variables)
    try:
        yield
    finally:
        update_variables(before)
