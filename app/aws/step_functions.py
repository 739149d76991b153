"""Step Functions: start, restart and resume the fulfillment workflow; one per order at a time."""

import json

from app.aws.clients import client
from app.settings import settings

MAX_EXECUTIONS = 50


class ExecutionLimitReached(Exception):
    """The workflow of an order has been started ``MAX_EXECUTIONS`` times without finishing it."""


def start_fulfillment(order_id: str, *, run: int = 1) -> bool:
    """Start the order's workflow. Returns False if this run was started before.

    Idempotent by the execution name: AWS answers a repeat with success while the execution runs,
    and with ``ExecutionAlreadyExists`` when it has finished. The local cloud always raises.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """
    step_functions = client("stepfunctions")
    try:
        step_functions.start_execution(
            stateMachineArn=settings().workflow_arn,
            name=_execution_name(order_id, run),
            input=json.dumps({"order_id": order_id}),
        )
    except step_functions.exceptions.ExecutionAlreadyExists:
        return False
    return True


def restart_fulfillment(order_id: str) -> str:
    """Make sure that a workflow of this order runs. A new run gets the next free execution name.

    Returns "running" if one is running already, else the name of the new execution.
    Raises ``ExecutionLimitReached``.
    """
    for run in range(1, MAX_EXECUTIONS):
        if start_fulfillment(order_id, run=run):
            return _execution_name(order_id, run)
        if _execution_status(_execution_name(order_id, run)) == "RUNNING":
            return "running"
    raise ExecutionLimitReached(f"The order is not finished after {MAX_EXECUTIONS} executions.")


def resume_with_token(task_token: str) -> bool:
    """Resume a workflow that waits for this token. Returns False if it no longer waits."""
    step_functions = client("stepfunctions")
    no_longer_waiting = (
        step_functions.exceptions.TaskTimedOut,
        step_functions.exceptions.TaskDoesNotExist,
        step_functions.exceptions.InvalidToken,
    )
    try:
        step_functions.send_task_success(taskToken=task_token, output="{}")
    except no_longer_waiting:
        return False
    return True


def _execution_status(name: str) -> str:
    arn_prefix = settings().workflow_arn.replace(":stateMachine:", ":execution:")
    response = client("stepfunctions").describe_execution(executionArn=f"{arn_prefix}:{name}")
    return str(response["status"])


def _execution_name(order_id: str, run: int) -> str:
    return order_id if run == 1 else f"{order_id}-r{run}"
