"""`shop aws down`: refuses protected tables, empties buckets, and names what is left."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from ulid import ULID

from infra.aws.teardown import (
    delete_stack,
    empty_buckets,
    remaining_resources,
    require_deletable,
)
from infra.local import artifacts
from infra.local.cloud import LocalCloud
from infra.local.stack import Stack
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

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
