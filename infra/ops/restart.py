"""Restart the workflow of one order: the reconciler checks it now instead of at its next check."""

import json
from dataclasses import dataclass

from app.aws.step_functions import execution_name
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

RECONCILER = "ReconcileWorkerFunction"


@dataclass(frozen=True)
class Restart:
    """``started`` is False if the last execution had not ended, or the order is closed."""

    status: str
    execution: str
    started: bool


def restart_workflow(shop: DeployedStack, order_id: str) -> Restart:
    """Start the next run of the order's workflow, unless one is running. A repeat is harmless.

    Raises ``UserError`` for an unknown order, and if the reconciler fails.
    """
    answer = shop.client("lambda").invoke(
        FunctionName=shop.resources("AWS::Lambda::Function")[RECONCILER],
        Payload=json.dumps({"order_id": order_id}).encode(),
    )
    result = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        error = result.get("errorMessage") or result.get("errorType", "unknown error")
        raise UserError(
            f"{order_id} was not restarted: {error}\n"
            "Nothing is lost: each open order is checked at least every 15 minutes. This command "
            "only skips that wait."
        )
    if not result["status"]:
        raise UserError(f"There is no order {order_id}.")
    name = execution_name(order_id, result["run"])
    return Restart(result["status"], name, started=result["started"])
