"""Step Functions: start, describe and resume the executions of the fulfillment workflow."""

import json

from app.aws.clients import client
from app.observability.trace_context import root_span
from app.settings import settings


def start_fulfillment(order_id: str, *, run: int = 1) -> bool:
    """Start a run of the order's workflow. Returns False if it was started before.

    Idempotent by the execution name: AWS answers a repeat with success while the execution runs,
    and with ``ExecutionAlreadyExists`` when it has finished. The local cloud always raises.
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
    """The same for each call: with another input, AWS refuses a repeat for a running execution."""
    return {"order_id": order_id, "traceparent": root_span(order_id).traceparent}


def is_running(order_id: str, run: int) -> bool | None:
    """Whether this run's execution is running; None if it was never started.

    The answer can be a moment old. AWS forgets an execution 90 days after its end, and its name is
    then free again.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
    """
    step_functions = client("stepfunctions")
    arn_prefix = settings().workflow_arn.replace(":stateMachine:", ":execution:")
    try:
        execution = step_functions.describe_execution(
            executionArn=f"{arn_prefix}:{execution_name(order_id, run)}"
        )
    except step_functions.exceptions.ExecutionDoesNotExist:
        return None
    return execution["status"] in ("RUNNING", "PENDING_REDRIVE")


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
