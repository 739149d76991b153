"""Show, confirm and execute a change set of CloudFormation, and wait for the result."""

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from infra.aws.errors import AWS_ERRORS, AwsError, explain_aws_error
from infra.aws.stack_states import NEW, read_state, require_deployable
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

# CloudFront takes up to 15 minutes, and a new index of a large table hours.
WAIT = {"Delay": 15, "MaxAttempts": 4 * 60 * 4}  # four hours


def pending_change_sets(stack: DeployedStack) -> dict[str, Any]:
    """The change sets that could be executed, by id, the oldest first."""
    try:
        pages = stack.client("cloudformation").get_paginator("list_change_sets")
        found = [
            it
            for page in pages.paginate(StackName=stack.stack_name)
            for it in page["Summaries"]
            if it.get("ExecutionStatus") == "AVAILABLE"
        ]
    except ClientError as error:
        if "does not exist" in error.response["Error"].get("Message", ""):
            return {}
        raise
    return {it["ChangeSetId"]: it for it in sorted(found, key=lambda it: it["CreationTime"])}


def create_change_set(stack: DeployedStack, create: Callable[[], None]) -> str:
    """The id of the change set that ``create`` makes; empty if the stack has no changes."""
    earlier = pending_change_sets(stack)
    create()
    return next((it for it in reversed(pending_change_sets(stack)) if it not in earlier), "")


def discard(stack: DeployedStack, change_set: str) -> None:
    """Delete a change set that was not confirmed, and the empty stack that was made for it."""
    cloudformation = stack.client("cloudformation")
    cloudformation.delete_change_set(ChangeSetName=change_set)
    if read_state(stack) == "REVIEW_IN_PROGRESS":
        cloudformation.delete_stack(StackName=stack.stack_name)


def execute(stack: DeployedStack, change_set: str) -> None:
    """Execute a change set and wait for the end.

    Raises ``UserError`` with the first resource that failed, and with what to do next.
    """
    cloudformation = stack.client("cloudformation")
    kind = "create" if read_state(stack) in NEW else "update"
    cloudformation.execute_change_set(ChangeSetName=change_set)
    try:
        waiter = cloudformation.get_waiter(f"stack_{kind}_complete")
        waiter.wait(StackName=stack.stack_name, WaiterConfig=WAIT)
    except WaiterError as error:
        raise UserError(_explain_failure(stack)) from error
    except AWS_ERRORS as error:
        raise UserError(_explain_loss(error, stack.stack_name)) from error


def _explain_failure(stack: DeployedStack) -> str:
    name = stack.stack_name
    try:
        state, failure = read_state(stack), first_failure(stack)
    except AWS_ERRORS as error:  # the credentials expired meanwhile
        return _explain_loss(error, name)
    words = f"The deployment failed{failure}."
    try:
        require_deployable(state, name)
    except UserError as error:
        return f"{words} {error}"
    return f"{words} The stack is as before ({state}). Repair what failed, then repeat."


def explain_continuation(name: str) -> str:
    return (
        "CloudFormation continues without this command: wait until `shop aws status --stack "
        f"{name}` says that it has ended, then repeat it for what follows."
    )


def _explain_loss(error: AwsError, name: str) -> str:
    """The words for an error that keeps this machine from watching the deployment."""
    return f"{explain_aws_error(error)} {explain_continuation(name)}"


def first_failure(stack: DeployedStack) -> str:
    """The failed resource and its reason; later failures of the same run are its consequences.

    It is on a late page of the events, since the rollback of a new stack deletes all resources.
    """
    failure: Any = None
    for event in _events_of_last_run(stack):
        if event.get("ResourceStatus", "").endswith("_FAILED"):
            failure = event
    if failure is None:
        return ""
    reason = failure.get("ResourceStatusReason", "no reason given").rstrip(".")
    return f" at {failure['LogicalResourceId']} ({failure['ResourceType']}): {reason}"


def _events_of_last_run(stack: DeployedStack) -> Iterator[Any]:
    """The events since the last change set or deletion was started, the newest first."""
    pages = stack.client("cloudformation").get_paginator("describe_stack_events")
    for page in pages.paginate(StackName=stack.stack_name):
        for event in page["StackEvents"]:
            yield event
            is_start = event.get("ResourceStatusReason") == "User Initiated"
            if is_start and event.get("ResourceType") == "AWS::CloudFormation::Stack":
                return
