"""Step Functions: start and resume the executions of the fulfillment workflow."""

import json

from app.aws.clients import client
from app.observability.trace_context import root_span
from app.settings import settings


def start_fulfillment(order_id: str, *, run: int = 1) -> bool:
    """Start a run of the order's workflow unless it is running. Returns False if it has ended.

    Idempotent by the execution's name: with the name and the input of a running execution AWS
    answers with success and starts nothing, and it refuses the name of one that has ended. AWS
    frees a name 90 days after the end.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """
    step_functions = client("stepfunctions")
    try:
        step_functions.start_execution(
            stateMachineArn=settings().workflow_arn,
            name=execution_name(order_id, run),
            input=json.dumps(workflow_input(order_id)),
        )
    except step_functions.exceptions.ExecutionAlreadyExists:
        return False
    return True


def workflow_input(order_id: str) -> dict[str, str]:
    """Must never change: with another input, AWS refuses the name of a running execution, too.

    Such an order would get a second execution beside the first. A step that needs more reads the
    order's row, whose old form it must understand anyway.
    """
    return {"order_id": order_id, "traceparent": root_span(order_id).traceparent}


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


def execution_name(order_id: str, run: int) -> str:
    """The order's id, from the second run on with the run's number: ``-r2``."""
    return order_id if run == 1 else f"{order_id}-r{run}"
