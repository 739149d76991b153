"""Delete a stack and wait for the end, or explain why it was not deleted."""

from botocore.exceptions import WaiterError

from infra.aws.change_sets import first_failure
from infra.aws.deletion_checks import BEING_DELETED
from infra.aws.errors import AWS_ERRORS, explain_aws_error
from infra.aws.stack_states import MISSING, read_state
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

CONTINUES = (
    "CloudFormation continues to delete what it has begun. Repeat the command, which continues."
)


def delete_stack(stack: DeployedStack) -> None:
    """Delete the stack and wait, up to an hour; CloudFront alone takes some minutes.

    Raises ``UserError`` with the resource that could not be deleted. A repeat continues.
    """
    cloudformation = stack.client("cloudformation")
    cloudformation.delete_stack(StackName=stack.stack_name)
    try:
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack.stack_name)
    except WaiterError as error:
        raise UserError(_explain_failure(stack)) from error
    except AWS_ERRORS as error:
        raise UserError(f"{explain_aws_error(error)} {CONTINUES}") from error


def _explain_failure(stack: DeployedStack) -> str:
    """Also when the credentials expire while CloudFormation deletes."""
    try:
        state = read_state(stack)
        failure = first_failure(stack) if state != MISSING else ""
    except AWS_ERRORS as error:
        return f"{explain_aws_error(error)} {CONTINUES}"
    if state == BEING_DELETED:
        return f"{stack.stack_name} is still being deleted. {CONTINUES}"
    return f"{stack.stack_name} was not deleted{failure}. Repair that, and repeat the command."
