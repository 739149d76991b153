"""Delete a stack with its data: refuse what AWS would refuse half-way, and empty the buckets."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import WaiterError

from infra.aws.change_sets import first_failure
from infra.aws.errors import AWS_ERRORS, explain_aws_error
from infra.aws.s3_objects import delete_objects
from infra.aws.stack_states import IN_PROGRESS, MISSING, NEW, advise, read_state
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONTINUES = (
    "CloudFormation continues to delete what it has begun. Repeat the command, which continues."
)
BEING_DELETED = "DELETE_IN_PROGRESS"


def require_deletable(stack: DeployedStack) -> str:
    """The stack's state. Raises ``UserError`` for what AWS would refuse, before data is deleted.

    This is another deployment, a protected stack, and a protected table.
    """
    state, name = read_state(stack), stack.stack_name
    if state in (*NEW, BEING_DELETED):
        return state
    if state.endswith(IN_PROGRESS):
        raise UserError(f"{name} is in the state {state}. {advise(state, name)}")
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


def empty_buckets(stack: DeployedStack) -> int:
    """Delete all objects, since AWS deletes only empty buckets. Returns their number."""
    s3 = stack.client("s3")
    return sum(empty_bucket(s3, name) for name in stack.resources("AWS::S3::Bucket").values())


def empty_bucket(s3: "S3Client", bucket: str) -> int:
    """Delete all versions of all objects, and return their number; 0 if there is no bucket."""
    deleted = 0
    try:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            versions: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            delete_objects(s3, bucket, [(it["Key"], it["VersionId"]) for it in versions])
            deleted += len(versions)
    except s3.exceptions.NoSuchBucket:
        pass  # of a half-made stack, or deleted by hand
    return deleted


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
