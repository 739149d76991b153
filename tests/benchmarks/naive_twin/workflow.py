"""The twin's workflow, with a function per step that reads the order and writes its status."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.benchmarks.naive_twin.consumers import send
from tests.benchmarks.naive_twin.logs import log, log_input
from tests.benchmarks.naive_twin.tables import ORDERS, Row, get, update

type Step = Callable[[dict[str, Any], Any], Any]


def _step(name: str, then: str = "", **more: str) -> dict[str, Any]:
    order_id = "{% $states.context.Execution.Input.order_id %}"
    return {
        "Type": "Task",
        "Arguments": {
            "FunctionName": f"${{{name}Function}}",
            "Payload": {"order_id": order_id},
        },
        "Output": {"order_id": order_id, **more},
        **({"Next": then} if then else {}),
    }


_PAID: dict[str, Any] = {
    "Type": "Choice",
    "Choices": [{"Condition": "{% $states.input.outcome = 'paid' %}", "Next": "Pack order"}],
    "Default": "Payment failed",
}
_PACKING: dict[str, Any] = {"Type": "Wait", "Seconds": 1800, "Next": "Ship order"}
_OUTCOME = "{% $states.result.Payload.outcome %}"
NINE_STATES: dict[str, Any] = {
    "StartAt": "Validate order",
    "States": {
        "Validate order": _step("Validate", "Process payment"),
        "Process payment": _step("Pay", "Payment succeeded?", outcome=_OUTCOME),
        "Payment succeeded?": _PAID,
        "Payment failed": {"Type": "Fail"},
        "Pack order": _step("Pack", "Wait for packing"),
        "Wait for packing": _PACKING,
        "Ship order": _step("Ship", "Notify customer"),
        "Notify customer": _step("Notify", "Complete order"),
        "Complete order": _step("Complete", "Done"),
        "Done": {"Type": "Succeed"},
    },
}
# The same workflow by an author who counts states: the checkout has validated the order, and the
# function that ships it also sends the email.
SIX_STATES: dict[str, Any] = {
    "StartAt": "Process payment",
    "States": {
        "Process payment": _step("Pay", "Payment succeeded?", outcome=_OUTCOME),
        "Payment succeeded?": _PAID,
        "Payment failed": {"Type": "Fail"},
        "Pack order": _step("Pack", "Wait for packing"),
        "Wait for packing": _PACKING,
        "Ship order": _step("ShipAndNotify", "Complete order"),
        "Complete order": _step("Complete") | {"End": True},
    },
}


def _set_status(status: str, **others: str) -> Step:
    @log_input
    def handler(event: dict[str, Any], _context: Any) -> Row:
        order = get(ORDERS, order_id=event["order_id"])
        now = datetime.now(UTC).isoformat()
        key = {"order_id": order["order_id"]}
        update(ORDERS, key, "SET", status=status, updated_at=now, **others)
        log("status changed", order_id=order["order_id"], status=status)
        return {"order_id": order["order_id"], "outcome": status.lower()}

    return handler


@log_input
def _validate(event: dict[str, Any], _context: Any) -> Row:
    order = get(ORDERS, order_id=event["order_id"])
    assert order["items"], "an order has lines"
    log("order is valid", order_id=order["order_id"])
    return order


@log_input
def _notify(event: dict[str, Any], _context: Any) -> Row:
    order = get(ORDERS, order_id=event["order_id"])
    send(order, "Your order is on its way")
    return order


def _ship_and_notify(event: dict[str, Any], context: Any) -> Row:
    STEPS["Ship"](event, context)
    order = get(ORDERS, order_id=event["order_id"])
    send(order, "Your order is on its way")
    return order


STEPS: dict[str, Step] = {
    "Validate": _validate,
    "Pay": _set_status("PAID", payment_id="pay_0123456789"),
    "Pack": _set_status("PACKING"),
    "Ship": _set_status("SHIPPED", tracking_code="JD0146000060000001"),
    "ShipAndNotify": _ship_and_notify,
    "Notify": _notify,
    "Complete": _set_status("COMPLETED"),
}
