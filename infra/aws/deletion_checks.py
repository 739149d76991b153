"""Refuse the deletion of a stack that AWS would refuse half-way, before any data is deleted."""

from collections.abc import Iterator

from infra.aws.stack_advice import IN_PROGRESS
from infra.aws.stack_states import NEW, read_state, refusal
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

BEING_DELETED = "DELETE_IN_PROGRESS"


def require_deletable(stack: DeployedStack) -> str:
    """The stack's state. Raises ``UserError`` for what AWS would refuse, before data is deleted.

    This is another deployment, a protected stack, and a protected table.
    """
    state, name = read_state(stack), stack.stack_name
    if state in (*NEW, BEING_DELETED):
        return state
    if state.endswith(IN_PROGRESS):
        raise refusal(state, name)
    (found,) = stack.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    if found.get("EnableTerminationProtection"):
        raise UserError(
            f"{name} is protected against termination. Run `aws cloudformation "
            "update-termination-protection --no-enable-termination-protection --stack-name "
            f"{name}` first."
        )
    if protected := list(_protected_tables(stack)):
        raise UserError(
            f"{len(protected)} tables of {name} are protected against deletion, such "
            f"as {protected[0]}. Deploy it with Stage=demo first."
        )
    return state


def _protected_tables(stack: DeployedStack) -> Iterator[str]:
    dynamodb = stack.client("dynamodb")
    for name in stack.resources("AWS::DynamoDB::Table").values():
        try:
            table = dynamodb.describe_table(TableName=name)["Table"]
        except dynamodb.exceptions.ResourceNotFoundException:
            continue  # of a half-made stack, or deleted by hand
        if table.get("DeletionProtectionEnabled"):
            yield name
