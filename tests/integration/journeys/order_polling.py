"""Following an order through the running shop, by looking again until it is as it should be."""

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

SOON = 120.0  # seconds; on a quiet machine most things take one


def eventually[T](look: Callable[[], T], until: Callable[[T], bool] = bool) -> T:
    """What ``look`` sees as soon as it is as wanted; fails when it is not so in good time."""
    deadline = time.monotonic() + SOON
    while not until(seen := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"After {SOON:.0f} seconds it is still {seen!r}.")
        time.sleep(0.05)
    return seen


def now() -> datetime:
    return datetime.now(UTC)


def ordered(product: Product | None = None, **details: Any) -> Order:
    """Placed at this moment, as the web door would."""
    return an_order(product or a_product(), now=now(), **details)


def becomes(order: Order, status: str) -> Order:
    return eventually(lambda: find_order(order.order_id), lambda it: it.status == status)


def runs_of(shop: DeployedShop, order: Order) -> dict[str, str]:
    """The executions of an order's workflow, by name, and how each stands."""
    states = shop.cloud.client("stepfunctions")
    pages = states.get_paginator("list_executions").paginate(
        stateMachineArn=shop.outputs["FulfillOrderStateMachine"]
    )
    found = (it for page in pages for it in page["executions"])
    return {it["name"]: it["status"] for it in found if it["name"].startswith(order.order_id)}


def invoked(shop: DeployedShop, function: str, payload: object) -> dict[str, Any]:
    """The whole answer of a function that is called directly, its error included."""
    answer = shop.cloud.client("lambda").invoke(
        FunctionName=f"hearth-and-clay-{function}", Payload=json.dumps(payload)
    )
    said = json.loads(answer["Payload"].read() or "null")
    return {"said": said, "failed": "FunctionError" in answer}


@contextmanager
def told_to_function(shop: DeployedShop, function: str, **variables: str) -> Iterator[None]:
    """For a while a deployed function has other settings than the template gives it."""
    functions, name = shop.cloud.client("lambda"), f"hearth-and-clay-{function}"
    before = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]

    def tell(wanted: dict[str, str]) -> None:
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": wanted}
        )

    tell(before | variables)
    try:
        yield
    finally:
        tell(before)
