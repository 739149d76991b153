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

RUNNING = ("CREATE_COMPLETE", "UPDATE_", "IMPORT_")  # how the states of a whole shop begin

_DELETE_AND_REPEAT = (
    "It holds no data and can only be deleted: run `shop aws down --stack {name}`, then "
    "`shop aws up`. "
    "The stack's events in CloudFormation name the resource that failed."
)
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
ADVICE: Mapping[str, str] = {
    "CREATE_FAILED": _DELETE_AND_REPEAT,
    "ROLLBACK_COMPLETE": _DELETE_AND_REPEAT,
    "ROLLBACK_FAILED": _DELETE_AND_REPEAT,
    "DELETE_IN_PROGRESS": (
        "It is being deleted. `shop aws down --stack {name}` waits for the end and names what is "
        "left."
    ),
    "REVIEW_IN_PROGRESS": (
        "Only a change set of it exists, which was never executed: run `shop aws up`, or "
        "`shop aws down --stack {name}`."
    ),
    "DELETE_FAILED": "Run `shop aws down --stack {name}` again: the rest is still there.",
    "UPDATE_FAILED": (
        "Run `aws cloudformation rollback-stack --stack-name {name}`, wait until its state is "
        "UPDATE_ROLLBACK_COMPLETE, then `shop aws up`."
    ),
    "UPDATE_ROLLBACK_FAILED": (
        "The stack's events in CloudFormation name the resource that could not go back. Repair it, "
        "run `aws cloudformation continue-update-rollback --stack-name {name}`, wait until the "
        "state is UPDATE_ROLLBACK_COMPLETE, then `shop aws up`. Orders continue meanwhile."
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
    if state not in NEW and state not in UPDATABLE:
        raise UserError(f"{name} is in the state {state}. {advise(state, name)}")


def require_exists(stack: DeployedStack) -> str:
    """The state of a stack. Raises ``UserError`` if there is none of this name."""
    if (state := read_state(stack)) == MISSING:
        region = stack.client("cloudformation").meta.region_name
        raise UserError(
            f"There is no stack {stack.stack_name} in {region}. Check the stack's name and the "
            "region."
        )
    return state


def require_running(stack: DeployedStack) -> None:
    """Raise ``UserError``, with what to do, unless the stack is a whole shop, old or new."""
    state, name = require_exists(stack), stack.stack_name
    if not state.startswith(RUNNING):
        raise UserError(f"{name} is in the state {state}. {advise(state, name)}")


def advise(state: str, name: str) -> str:
    """What to do with a stack in this state; empty if it can be used and updated."""
    if state in UPDATABLE:
        return ""
    if state.endswith(IN_PROGRESS) and state not in ADVICE:
        return (
            "Another deployment is running. Wait until it has ended (`shop aws status --stack "
            f"{name}`), then repeat."
        )
    return ADVICE.get(state, "See its events in CloudFormation.").format(name=name)
