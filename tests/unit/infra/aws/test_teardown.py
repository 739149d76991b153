"""`shop aws down`: refuses protected tables, empties buckets, and names what is left."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from ulid import ULID

from infra.aws.deletion_checks import require_deletable
from infra.aws.leftovers import (
    delete_left_log_groups,
    how_to_delete,
    remaining_resources,
    wait_until_gone,
    was_deleted,
)
from infra.aws.s3_objects import empty_buckets
from infra.aws.teardown import delete_stack
from infra.cli.aws_checks import TEMPLATE
from infra.local import artifacts
from infra.local.cloud import LocalCloud
from infra.local.packaging import read_template
from infra.local.stack import Stack
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

NOW = datetime(2026, 11, 29, tzinfo=UTC)

type CreateStack = Callable[..., DeployedStack]


@pytest.fixture
def create_stack(tables_cloud: LocalCloud) -> CreateStack:
    """Creates a stack with one table, protected or not, and one bucket."""

    def create(*, is_protected: bool) -> DeployedStack:
        name = f"down-{str(ULID()).lower()}"
        table = {
            "TableName": f"{name}-orders",
            "BillingMode": "PAY_PER_REQUEST",
            "DeletionProtectionEnabled": is_protected,
            "AttributeDefinitions": [{"AttributeName": "order_id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "order_id", "KeyType": "HASH"}],
        }
        resources = {
            "Orders": {"Type": "AWS::DynamoDB::Table", "Properties": table},
            "Uploads": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{name}-uploads"}},
        }
        s3 = tables_cloud.client("s3")
        body = json.dumps({"Resources": resources})
        s3.put_object(Bucket=artifacts.BUCKET, Key=f"{name}.json", Body=body)
        address = f"{tables_cloud.url}/{artifacts.BUCKET}/{name}.json"
        Stack(tables_cloud.client("cloudformation"), name).deploy(address, {}, {})
        return DeployedStack(tables_cloud.client, name)

    return create


def table_of(stack: DeployedStack) -> str:
    return stack.resources("AWS::DynamoDB::Table")["Orders"]


def test_protected_table_is_refused_before_anything_is_deleted(create_stack: CreateStack) -> None:
    stack = create_stack(is_protected=True)

    with pytest.raises(UserError, match="Deploy it with Stage=demo first"):
        require_deletable(stack)


def test_stack_with_a_full_bucket_is_deleted(create_stack: CreateStack) -> None:
    stack = create_stack(is_protected=False)
    bucket, table = stack.resources("AWS::S3::Bucket")["Uploads"], table_of(stack)
    for number in range(3):
        stack.client("s3").put_object(Bucket=bucket, Key=f"images/{number}", Body=b"an image")

    require_deletable(stack)
    assert empty_buckets(stack) == 3
    assert empty_buckets(stack) == 0
    delete_stack(stack)

    assert table not in stack.client("dynamodb").list_tables()["TableNames"]
    buckets = stack.client("s3").list_buckets()["Buckets"]
    assert bucket not in [it["Name"] for it in buckets]


def test_deletion_can_be_repeated(create_stack: CreateStack) -> None:
    stack = create_stack(is_protected=False)

    for _ in range(2):
        delete_stack(stack)


def test_resources_that_still_carry_the_stacks_tag_are_named() -> None:
    client: Any = boto3.client("resourcegroupstaggingapi", region_name="eu-central-1")
    bucket, deleted = (
        "arn:aws:s3:::shop-uploads",
        "arn:aws:cloudformation:eu-central-1:0:stack/shop",
    )
    answer = {"ResourceTagMappingList": [{"ResourceARN": it} for it in (deleted, bucket)]}
    filters = [{"Key": "aws:cloudformation:stack-name", "Values": ["shop"]}]
    with Stubber(client) as stubber:
        stubber.add_response("get_resources", answer, {"TagFilters": filters})

        assert remaining_resources(DeployedStack(lambda _: client, "shop")) == [bucket]


def test_bucket_with_old_versions_is_emptied(create_stack: CreateStack) -> None:
    stack = create_stack(is_protected=False)
    s3, bucket = stack.client("s3"), stack.resources("AWS::S3::Bucket")["Uploads"]
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for content in (b"first", b"second"):
        s3.put_object(Bucket=bucket, Key="image", Body=content)
    s3.delete_object(Bucket=bucket, Key="image")  # leaves a delete marker

    assert empty_buckets(stack) == 3

    s3.delete_bucket(Bucket=bucket)


def test_resources_that_were_deleted_by_hand_do_not_keep_the_stack(
    create_stack: CreateStack,
) -> None:
    stack = create_stack(is_protected=False)
    stack.client("dynamodb").delete_table(TableName=table_of(stack))
    stack.client("s3").delete_bucket(Bucket=stack.resources("AWS::S3::Bucket")["Uploads"])

    require_deletable(stack)

    assert empty_buckets(stack) == 0


type Cloud = tuple[DeployedStack, Stubber]


@pytest.fixture
def cloudformation() -> Iterator[Cloud]:
    client: Any = boto3.client("cloudformation", region_name="eu-central-1")
    with Stubber(client) as stubber:
        yield DeployedStack(lambda _: client, "shop"), stubber


def described(stubber: Stubber, state: str, **more: Any) -> None:
    stack = {"StackName": "shop", "StackStatus": state, "CreationTime": NOW, **more}
    stubber.add_response("describe_stacks", {"Stacks": [stack]})


def test_stack_that_is_deployed_meanwhile_is_not_emptied(cloudformation: Cloud) -> None:
    """CloudFormation refuses to delete it, but its images would be gone."""
    stack, stubber = cloudformation
    described(stubber, "UPDATE_IN_PROGRESS")

    with pytest.raises(UserError, match="Another deployment is running"):
        require_deletable(stack)


def test_stack_with_termination_protection_is_not_emptied(cloudformation: Cloud) -> None:
    stack, stubber = cloudformation
    for _ in range(2):
        described(stubber, "CREATE_COMPLETE", EnableTerminationProtection=True)

    with pytest.raises(UserError, match="update-termination-protection"):
        require_deletable(stack)


@pytest.mark.parametrize("state", ["REVIEW_IN_PROGRESS", "DELETE_IN_PROGRESS"])
def test_stack_that_is_empty_or_being_deleted_can_be_deleted(
    cloudformation: Cloud, state: str
) -> None:
    stack, stubber = cloudformation
    described(stubber, state)

    assert require_deletable(stack) == state


def test_failed_deletion_names_the_resource(cloudformation: Cloud) -> None:
    stack, stubber = cloudformation
    event = {
        "StackId": "s",
        "EventId": "e",
        "StackName": "shop",
        "Timestamp": NOW,
        "LogicalResourceId": "UploadBucket",
        "ResourceType": "AWS::S3::Bucket",
        "ResourceStatus": "DELETE_FAILED",
        "ResourceStatusReason": "It is not empty.",
    }
    stubber.add_response("delete_stack", {})
    for _ in range(2):
        described(stubber, "DELETE_FAILED")
    stubber.add_response("describe_stack_events", {"StackEvents": [event]})

    with pytest.raises(UserError) as raised:
        delete_stack(stack)

    assert str(raised.value) == (
        "shop was not deleted at UploadBucket (AWS::S3::Bucket): It is not empty. Repair that, and "
        "repeat the command."
    )


def test_credentials_that_expire_during_a_deletion_do_not_stop_it(cloudformation: Cloud) -> None:
    stack, stubber = cloudformation
    stubber.add_response("delete_stack", {})
    for _ in range(2):
        stubber.add_client_error("describe_stacks", "ExpiredToken")

    with pytest.raises(UserError) as raised:
        delete_stack(stack)

    assert "have expired" in str(raised.value)
    assert "CloudFormation continues to delete" in str(raised.value)


def test_stack_that_was_deleted_is_known_by_its_name(cloudformation: Cloud) -> None:
    stack, stubber = cloudformation
    for name in ("shop", "shop-staging"):
        deleted = {"StackName": name, "StackStatus": "DELETE_COMPLETE", "CreationTime": NOW}
        stubber.add_response("list_stacks", {"StackSummaries": [deleted]})

    assert was_deleted(stack)
    assert not was_deleted(stack)


def test_log_group_that_a_function_created_again_is_deleted() -> None:
    """That of another stack, whose name begins like this one's, is kept."""
    client: Any = boto3.client("logs", region_name="eu-central-1")
    names = ("/aws/lambda/shop-web", "/aws/lambda/shop-staging-web")
    answer = {"logGroups": [{"logGroupName": it} for it in names]}
    with Stubber(client) as stubber:
        stubber.add_response("describe_log_groups", answer)
        stubber.add_response("delete_log_group", {}, {"logGroupName": names[0]})
        stack = DeployedStack(lambda _: client, "shop")

        assert delete_left_log_groups(stack, read_template(TEMPLATE)) == [names[0]]

        stubber.assert_no_pending_responses()


def test_resource_that_stays_is_named_with_the_command_that_deletes_it() -> None:
    client: Any = boto3.client("resourcegroupstaggingapi", region_name="eu-central-1")
    table = "arn:aws:dynamodb:eu-central-1:0:table/shop-orders"
    queue = "arn:aws:sqs:eu-central-1:0:shop-email"
    waits = list[float]()
    with Stubber(client) as stubber:
        for _ in range(12):
            listed = [{"ResourceARN": it} for it in (table, queue)]
            stubber.add_response("get_resources", {"ResourceTagMappingList": listed})

        left = wait_until_gone(DeployedStack(lambda _: client, "shop"), sleep=waits.append)

    assert sum(waits) == 120
    assert [how_to_delete(it) for it in left] == [
        f"{table}: aws dynamodb delete-table --table-name shop-orders",
        queue,
    ]
