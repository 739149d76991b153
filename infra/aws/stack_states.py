"""The states in which CloudFormation leaves a stack, and what to do before the next deployment."""

from collections.abc import Mapping

from botocore.exceptions import ClientError

from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

MISSING = ""  # no stack of this name
# CloudFormation made an empty stack for a change set that was never executed.
NEW = (MISSING, "REVIEW_IN_PROGRESS")
UPDATABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")
IN_PROGRESS = "_IN_PROGRESS"

_DELETE_AND_REPEAT = (
    "It holds no data and can only be deleted: run `shop aws down --stack {name}`, then repeat. "
    "The stack's events in CloudFormation name the resource that failed."
)
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
ADVICE: Mapping[str, str] = {
    "CREATE_FAILED": _DELETE_AND_REPEAT,
    "ROLLBACK_COMPLETE": _DELETE_AND_REPEAT,
    "ROLLBACK_FAILED": _DELETE_AND_REPEAT,
    "DELETE_FAILED": "Run `shop aws down --stack {name}` again: the rest is still there.",
    "UPDATE_FAILED": (
        "Run `aws cloudformation rollback-stack --stack-name {name}`, wait until its state is "
        "UPDATE_ROLLBACK_COMPLETE, then repeat."
    ),
    "UPDATE_ROLLBACK_FAILED": (
        "The stack's events in CloudFormation name the resource that could not go back. Repair it, "
        "run `aws cloudformation continue-update-rollback --stack-name {name}`, wait until the "
        "state is UPDATE_ROLLBACK_COMPLETE, then repeat. Orders continue meanwhile."
    ),
}


def read_state(stack: DeployedStack) -> str:
    """The state of the stack, such as CREATE_COMPLETE; ``MISSING`` if there is none."""
    try:
        (found,) = stack.client("cloudformation").describe_stacks(StackName=stack.stack_name)[
            "Stacks"
        ]
    except ClientError as error:
        if "does not exist" in error.response["Error"].get("Message", ""):
            return MISSING
        raise
    return str(found["StackStatus"])


def require_deployable(state: str, name: str) -> None:
    """Raise ``UserError``, with what to do, if CloudFormation would refuse a change in this state.

    `shop aws up` continues a stack of which only a change set exists (REVIEW_IN_PROGRESS).
    """
    if state in NEW or state in UPDATABLE:
        return
    if state.endswith(IN_PROGRESS):
        raise UserError(
            f"{name} is in the state {state}: another deployment is running. Wait until it has "
            f"ended (`shop aws status --stack {name}`), then repeat."
        )
    advice = ADVICE.get(state, "See its events in CloudFormation.").format(name=name)
    raise UserError(f"{name} is in the state {state}. {advice}")
