"""Delete a stack with its data: empty the buckets first, and check afterwards what is left."""

from typing import TYPE_CHECKING

from infra.aws.s3_objects import delete_objects
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

STACK_TAG = "aws:cloudformation:stack-name"  # AWS sets it on every resource of a stack


def require_deletable(stack: DeployedStack) -> None:
    """Raise ``UserError`` if a table is protected, before anything is deleted."""
    dynamodb = stack.client("dynamodb")
    tables = stack.resources("AWS::DynamoDB::Table").values()
    descriptions = (dynamodb.describe_table(TableName=name)["Table"] for name in tables)
    protected = [it["TableName"] for it in descriptions if it.get("DeletionProtectionEnabled")]
    if protected:
        raise UserError(
            f"{len(protected)} tables of {stack.stack_name} are protected against deletion, such "
            f"as {protected[0]}. Deploy it with Stage=demo first."
        )


def empty_buckets(stack: DeployedStack) -> int:
    """Delete all objects, since AWS deletes only empty buckets. Returns their number."""
    s3 = stack.client("s3")
    return sum(empty_bucket(s3, name) for name in stack.resources("AWS::S3::Bucket").values())


def empty_bucket(s3: "S3Client", bucket: str) -> int:
    deleted = 0
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        keys = [item["Key"] for item in page.get("Contents", [])]
        delete_objects(s3, bucket, keys)
        deleted += len(keys)
    return deleted


def delete_stack(stack: DeployedStack) -> None:
    """Delete the stack and wait, up to an hour; CloudFront alone takes some minutes.

    Raises ``WaiterError`` if a resource could not be deleted. A repeat continues.
    """
    cloudformation = stack.client("cloudformation")
    cloudformation.delete_stack(StackName=stack.stack_name)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack.stack_name)


def remaining_resources(stack: DeployedStack) -> list[str]:
    """ARNs of what still carries the stack's tag, except resources that AWS deletes later."""
    tagging = stack.client("resourcegroupstaggingapi")
    pages = tagging.get_paginator("get_resources").paginate(
        TagFilters=[{"Key": STACK_TAG, "Values": [stack.stack_name]}]
    )
    arns = [it["ResourceARN"] for page in pages for it in page["ResourceTagMappingList"]]
    # A deleted stack stays listed by its id for 90 days.
    return sorted(arn for arn in arns if ":cloudformation:" not in arn)
