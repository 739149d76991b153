"""The local cloud enforces conditions on attributes, as AWS does."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from ulid import ULID

from infra.local.cloud import LocalCloud
from infra.local.emulator import REGION
from infra.local.iam_conditions import write_keys
from tests.integration.journeys.order_polling import eventually

TABLE = "hearth-and-clay-orders"
ARN = f"arn:aws:dynamodb:{REGION}:000000000000:table/{TABLE}"
PRINTS_KEY = (
    "import os\n"
    "def handler(event, context): return {it: os.environ[it] for it in os.environ if 'AWS_' in it}"
)
CONDITION = {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["order_id", "part", "checks"]}}
READ_CONDITION = {
    "ForAllValues:StringEquals": {"dynamodb:Attributes": ["order_id", "part", "checks"]},
    "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
}
STATEMENTS = [
    {
        "Effect": "Allow",
        "Action": ["dynamodb:UpdateItem", "dynamodb:PutItem"],
        "Resource": ARN,
        "Condition": CONDITION,
    },
    {
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:BatchGetItem"],
        "Resource": ARN,
        "Condition": READ_CONDITION,
    },
    {
        "Effect": "Allow",
        "Action": "dynamodb:UpdateItem",
        "Resource": ARN.replace("-orders", "-sales"),
    },
    {"Effect": "Allow", "Action": "sns:Publish", "Resource": "arn:aws:sns:*:*:allowed-*"},
]

type Call = Callable[[Any, str], object]


type Clients = Callable[[str], Any]


@pytest.fixture
def table(clients: Clients) -> Any:
    """A DynamoDB client with the key of a function, whose role has ``STATEMENTS``."""
    return clients("dynamodb")


@pytest.fixture
def clients(tables: LocalCloud) -> Iterator[Clients]:
    """Makes clients of a service with the key of that function."""
    name, archive_bytes = f"conditions-{ULID()}", io.BytesIO()
    with zipfile.ZipFile(archive_bytes, "w") as archive:
        archive.writestr("keys.py", PRINTS_KEY)
    iam, functions = tables.client("iam"), tables.client("lambda")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": STATEMENTS})
    iam.put_role_policy(RoleName=name, PolicyName="table", PolicyDocument=policy)
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="keys.handler",
        Role=role["Arn"],
        Code={"ZipFile": archive_bytes.getvalue()},
        Timeout=30,
    )
    answer = eventually(lambda: functions.invoke(FunctionName=name))
    key = json.loads(answer["Payload"].read())
    yield partial(
        boto3.client,
        endpoint_url=tables.url,
        region_name=REGION,
        aws_access_key_id=key["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=key["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=key["AWS_SESSION_TOKEN"],
    )
    functions.delete_function(FunctionName=name)


def an_update(order_id: str, expression: str, **others: Any) -> dict[str, Any]:
    return {
        "TableName": TABLE,
        "Key": {"order_id": {"S": order_id}, "part": {"S": "a row"}},
        "UpdateExpression": expression,
        "ExpressionAttributeValues": {":value": {"S": "a value"}},
        **others,
    }


def update(expression: str, **others: Any) -> Call:
    return lambda client, order_id: client.update_item(**an_update(order_id, expression, **others))


def transact(*expressions: str, table: str = TABLE) -> Call:
    def call(client: Any, order_id: str) -> object:
        items = [
            {"Update": an_update(f"{order_id}-{number}", expression) | {"TableName": table}}
            for number, expression in enumerate(expressions)
        ]
        return client.transact_write_items(TransactItems=items)

    return call


def put(**attributes: str) -> Call:
    def call(client: Any, order_id: str) -> object:
        item = {"order_id": order_id, "part": "a row", **attributes}
        return client.put_item(
            TableName=TABLE, Item={name: {"S": value} for name, value in item.items()}
        )

    return call


def get(projection: str = "") -> Call:
    options = {"ProjectionExpression": projection} if projection else {}
    key = {"part": {"S": "a row"}}
    return lambda client, order_id: client.get_item(
        TableName=TABLE, Key={"order_id": {"S": order_id}, **key}, **options
    )


def batch_get(projection: str = "", **others: Any) -> Call:
    options = {"ProjectionExpression": projection} if projection else {}

    def call(client: Any, order_id: str) -> object:
        keys = [{"order_id": {"S": order_id}, "part": {"S": "a row"}}]
        return client.batch_get_item(RequestItems={TABLE: {"Keys": keys, **options, **others}})

    return call


ALLOWED = {
    "update": update("SET checks = :value"),
    "placeholder": update("SET #0 = :value", ExpressionAttributeNames={"#0": "checks"}),
    "condition": update("SET checks = :value", ConditionExpression="attribute_not_exists(part)"),
    "put": put(checks="1"),
    "transaction": transact("SET checks = :value", "SET checks = :value"),
    "projection": get("part, checks"),
    "batch": batch_get("part, #0", ExpressionAttributeNames={"#0": "checks"}),
}
DENIED = {
    "update": update("SET email = :value"),
    "second action": update("SET checks = :value, email = :value"),
    "removal": update("SET checks = :value REMOVE email"),
    "placeholder": update("SET #0 = :value", ExpressionAttributeNames={"#0": "email"}),
    "nested": update("SET email.domain = :value"),
    "function": update("SET checks = if_not_exists(email, :value)"),
    "condition": update("SET checks = :value", ConditionExpression="attribute_exists(email)"),
    "put": put(checks="1", email="ada@potter.example"),
    "second item of a transaction": transact("SET checks = :value", "SET email = :value"),
    "projection": get("part, email"),
    "no projection": get(),
    "batch": batch_get("part, email"),
    "batch without projection": batch_get(),
}


@pytest.mark.parametrize("call", ALLOWED.values(), ids=ALLOWED)
def test_named_attributes_are_allowed(table: Any, call: Call) -> None:
    assert call(table, str(ULID()))


@pytest.mark.parametrize("call", DENIED.values(), ids=DENIED)
def test_another_attribute_is_denied(table: Any, call: Call) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        call(table, str(ULID()))


def test_condition_of_one_table_does_not_limit_another(tables: LocalCloud, table: Any) -> None:
    name = "hearth-and-clay-sales"
    key = {"period": {"S": str(ULID())}, "entry": {"S": "an entry"}}
    item = an_update("", "SET quantity = :value") | {"TableName": name, "Key": key}

    assert table.transact_write_items(TransactItems=[{"Update": item}])

    owner = tables.client("dynamodb")
    owner.delete_item(TableName=name, Key=key)  # other tests read all rows


@pytest.mark.parametrize("name", ["allowed", "denied"])
def test_batch_of_messages_needs_the_permission_to_publish_one(
    tables: LocalCloud, clients: Clients, name: str
) -> None:
    topic = tables.client("sns").create_topic(Name=f"{name}-{ULID()}")["TopicArn"]
    entries = [{"Id": str(n), "Message": "a message"} for n in range(2)]

    def publish() -> Any:
        return clients("sns").publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)

    if name == "allowed":
        assert len(publish()["Successful"]) == 2
    else:
        with pytest.raises(ClientError, match="AuthorizationError"):
            publish()
    tables.client("sns").delete_topic(TopicArn=topic)


def test_read_has_no_keys_of_a_write() -> None:
    assert write_keys({"TableName": TABLE, "Key": {"order_id": {"S": "1"}}}) == {}


def test_returned_values_are_a_condition_key() -> None:
    keys = write_keys({"Item": {"order_id": {"S": "1"}}, "ReturnValues": "ALL_OLD"})

    assert keys == {"dynamodb:Attributes": ["order_id"], "dynamodb:ReturnValues": "ALL_OLD"}
