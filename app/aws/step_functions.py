"""Starting, waking and restarting the workflow of an order: one order, one running workflow."""

import json

from app.aws.clients import client
from app.settings import settings

MOST_RUNS = 50


class OutOfRuns(Exception):
    """An order's workflow was started so often that one more will not help either."""


def start_fulfilment(order_id: str, *, run: int = 1) -> bool:
    """Start the order's workflow; False when it was started before, which is as good.

    AWS answers a second start of a running execution with success, and of a finished one with
    ``ExecutionAlreadyExists``; the local cloud gives the error for both.
    """
    states = client("stepfunctions")
    try:
        states.start_execution(
            stateMachineArn=settings().workflow_arn,
            name=_name(order_id, run),
            input=json.dumps({"order_id": order_id}),
        )
    except states.exceptions.ExecutionAlreadyExists:
        return False
    return True


def restart_fulfilment(order_id: str) -> str:
    """See to it that a workflow runs; names of earlier runs stay taken, so a new one gets the next.

    Returns "running" when one does, else the name of the run that was started.
    Raises ``OutOfRuns``.
    """
    for run in range(1, MOST_RUNS):
        if start_fulfilment(order_id, run=run):
            return _name(order_id, run)
        if _status(_name(order_id, run)) == "RUNNING":
            return "running"
    raise OutOfRuns(f"The order did not get through in {MOST_RUNS} runs of its workflow.")


def wake(task_token: str) -> bool:
    """Let a waiting workflow go on; False when nobody waits for this token any more."""
    states = client("stepfunctions")
    gone = (
        states.exceptions.TaskTimedOut,
        states.exceptions.TaskDoesNotExist,
        states.exceptions.InvalidToken,
    )
    try:
        states.send_task_success(taskToken=task_token, output="{}")
    except gone:
        return False
    return True


def _status(name: str) -> str:
    machine = settings().workflow_arn.replace(":stateMachine:", ":execution:")
    answer = client("stepfunctions").describe_execution(executionArn=f"{machine}:{name}")
    return str(answer["status"])


def _name(order_id: str, run: int) -> str:
    return order_id if run == 1 else f"{order_id}-r{run}"
