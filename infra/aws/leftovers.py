"""What a deleted stack leaves: found by its tag and by the names of its log groups."""

import time
from collections.abc import Callable

from infra.aws.s3_objects import empty_bucket
from infra.local.packaging import Template
from infra.ops.deployed_stack import DeployedStack

STACK_TAG = "aws:cloudformation:stack-name"  # AWS sets it on every resource of a stack
BUCKET = "arn:aws:s3:::"
# AWS lists a deleted resource for some minutes.
LISTED_SECONDS, LOOK_EVERY_SECONDS = 120, 10
COMMANDS = {  # by the beginning of the ARN's part after region and account
    "table/": "aws dynamodb delete-table --table-name {}",
    "log-group:": "aws logs delete-log-group --log-group-name {}",
}


def remaining_resources(stack: DeployedStack) -> list[str]:
    """ARNs of what still carries the stack's tag, except resources that AWS deletes later."""
    tagging = stack.client("resourcegroupstaggingapi")
    pages = tagging.get_paginator("get_resources").paginate(
        TagFilters=[{"Key": STACK_TAG, "Values": [stack.stack_name]}]
    )
    arns = [it["ResourceARN"] for page in pages for it in page["ResourceTagMappingList"]]
    # A deleted stack stays listed by its id for 90 days.
    return sorted(arn for arn in arns if ":cloudformation:" not in arn)


def was_deleted(stack: DeployedStack) -> bool:
    """Whether a stack of this name was deleted in the last 90 days."""
    pages = stack.client("cloudformation").get_paginator("list_stacks")
    return any(
        it["StackName"] == stack.stack_name
        for page in pages.paginate(StackStatusFilter=["DELETE_COMPLETE"])
        for it in page["StackSummaries"]
    )


def delete_left_buckets(stack: DeployedStack) -> list[str]:
    """Delete the buckets that still carry the tag, with their objects, and return their names.

    An update that replaces a bucket retains the old one.
    """
    s3 = stack.client("s3")
    arns = remaining_resources(stack)
    listed = [it.removeprefix(BUCKET) for it in arns if it.startswith(BUCKET)]
    existing = {it["Name"] for it in s3.list_buckets()["Buckets"]}
    names = [it for it in listed if it in existing]
    for name in names:
        empty_bucket(s3, name)
        s3.delete_bucket(Bucket=name)
    return names


def delete_left_log_groups(stack: DeployedStack, template: Template) -> list[str]:
    """Delete log groups of the template's functions, and return their names.

    A function that logs while it is deleted creates its group again, without a tag.
    """
    logs = stack.client("logs")
    names = _log_groups(template, stack.stack_name)
    prefix = f"/aws/lambda/{stack.stack_name}-"
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
    left = [it["logGroupName"] for page in pages for it in page["logGroups"]]
    deleted = [it for it in left if it in names]  # another stack's name may begin like this one's
    for name in deleted:
        logs.delete_log_group(logGroupName=name)
    return deleted


def _log_groups(template: Template, stack_name: str) -> set[str]:
    return {
        it["Properties"]["LogGroupName"]["Fn::Sub"].replace("${AWS::StackName}", stack_name)
        for it in template["Resources"].values()
        if it["Type"] == "AWS::Logs::LogGroup"
    }


def wait_until_gone(
    stack: DeployedStack, *, sleep: Callable[[float], None] = time.sleep
) -> list[str]:
    """The ARNs that still carry the tag after two minutes; empty as soon as there is none."""
    for _ in range(LISTED_SECONDS // LOOK_EVERY_SECONDS):
        if not (arns := remaining_resources(stack)):
            return []
        sleep(LOOK_EVERY_SECONDS)
    return arns


def how_to_delete(arn: str) -> str:
    """A line about what is left, with the command that deletes it if it is a simple one."""
    resource = arn.split(":", 5)[-1]
    for prefix, command in COMMANDS.items():
        if resource.startswith(prefix):
            return f"{arn}: {command.format(resource.removeprefix(prefix))}"
    return arn
