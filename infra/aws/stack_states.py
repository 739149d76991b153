"""The states in which CloudFormation leaves a stack, and what to do before the next deployment."""

from botocore.exceptions import ClientError

from infra.aws.stack_advice import UPDATABLE, advise
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

MISSING = ""  # no stack of this name
# CloudFormation made an empty stack for a change set that was never executed.
NEW = (MISSING, "REVIEW_IN_PROGRESS")
RUNNING = ("CREATE_COMPLETE", "UPDATE_", "IMPORT_")  # how the states of a whole shop begin


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
        raise refusal(state, name)


def refusal(state: str, name: str) -> UserError:
    """The error for a command that a stack in this state cannot serve, with what to do."""
    return UserError(f"{name} is in the state {state}. {advise(state, name)}")


def require_exists(stack: DeployedStack) -> str:
    """The state of a stack. Raises ``UserError`` if there is none of this name."""
    if (state := read_state(stack)) == MISSING:
        region = stack.client("cloudformation").meta.region_name
        raise UserError(
            f"There is no stack {stack.stack_name} in {region}. Check the stack's name and the "
            "region."
        )
    return state


def require_running(stack: DeployedStack) -> str:
    """The state of a whole shop, old or new. Raises ``UserError``, with what to do, of another."""
    state = require_exists(stack)
    if not state.startswith(RUNNING):
        raise refusal(state, stack.stack_name)
    return state
