"""Each limit of AWS: a call at its value is accepted, and one above it is refused."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local import aws_limits
from infra.local.aws_limits import ALL_LIMITS, KB
from infra.local.aws_refusals import CHECKS, CLIENT_EVENT, find_refusal, refuse
from infra.local.cloud import LocalCloud
from infra.local.dynamodb_refusals import item_size
from infra.local.emulator_limits import email_refusal, refuse_large_response

type Build = Callable[[int], dict[str, Any]]

ATTRIBUTE = {"DataType": "String", "StringValue": "x"}
ORDERS = "hearth-and-clay-orders"


def an_email(to: int = 1, text: str = "", **header: str) -> dict[str, Any]:
    content: dict[str, Any] = {"Body": {"Text": {"Data": text}}}
    if header:
        content["Headers"] = [{"Name": "X-Id", "Value": "1"} | header]
    return {
        "Destination": {"ToAddresses": ["ada@potter.example"] * to},
        "Content": {"Simple": content},
    }


def an_item(size: int, number: int = 0) -> dict[str, Any]:
    """An item of exactly so many bytes: the names and values of its keys are 24 of them."""
    keys = {"order_id": {"S": f"{number:06}"}, "part": {"S": "abcdef"}}
    return keys | {"b": {"S": "x" * (size - item_size(keys) - 1)}}


def put(size: int, number: int = 0) -> dict[str, Any]:
    return {"Put": {"TableName": ORDERS, "Item": an_item(size, number)}}


def puts(size: int) -> list[dict[str, Any]]:
    """As many puts as are needed to write so many bytes in one transaction."""
    part = size // 20
    return [put(part, number) for number in range(19)] + [put(size - 19 * part, 19)]


def keys(count: int) -> list[dict[str, Any]]:
    return [{"order_id": {"S": str(n)}, "part": {"S": "order"}} for n in range(count)]


def key(order_id: str = "o", part: str = "order") -> dict[str, Any]:
    return {"TableName": ORDERS, "Key": {"order_id": {"S": order_id}, "part": {"S": part}}}


def messages(count: int, body: str = "x") -> list[dict[str, Any]]:
    return [{"Id": str(n), "MessageBody": body, "Message": body} for n in range(count)]


def attributes(count: int) -> dict[str, Any]:
    return {f"name-{n}": ATTRIBUTE for n in range(count)}


CALLS: dict[str, tuple[str, str, Build]] = {
    "SES_RECIPIENTS": ("sesv2", "SendEmail", lambda n: an_email(to=n)),
    "SES_MESSAGE": ("sesv2", "SendEmail", lambda n: an_email(text="x" * n)),
    "SES_HEADER_NAME": ("sesv2", "SendEmail", lambda n: an_email(Name="x" * n)),
    "SES_HEADER_VALUE": ("sesv2", "SendEmail", lambda n: an_email(Value="x" * n)),
    "SQS_MESSAGE": (
        "sqs",
        "SendMessage",
        lambda n: {"MessageBody": "ü" * (n // 2) + "x" * (n % 2)},
    ),
    "SQS_BATCH": (
        "sqs",
        "SendMessageBatch",
        lambda n: {"Entries": [*messages(1, "x" * (n // 2)), *messages(1, "x" * (n - n // 2))]},
    ),
    "SQS_BATCH_ENTRIES": ("sqs", "SendMessageBatch", lambda n: {"Entries": messages(n)}),
    "SQS_ATTRIBUTES": ("sqs", "SendMessage", lambda n: {"MessageAttributes": attributes(n)}),
    "SQS_DELAY": ("sqs", "SendMessage", lambda n: {"DelaySeconds": n}),
    "SQS_VISIBILITY": ("sqs", "ChangeMessageVisibility", lambda n: {"VisibilityTimeout": n}),
    "SQS_RECEIVED": ("sqs", "ReceiveMessage", lambda n: {"MaxNumberOfMessages": n}),
    "SNS_MESSAGE": ("sns", "Publish", lambda n: {"Message": "x" * n}),
    "SNS_BATCH_ENTRIES": (
        "sns",
        "PublishBatch",
        lambda n: {"PublishBatchRequestEntries": messages(n)},
    ),
    "SNS_SUBJECT": ("sns", "Publish", lambda n: {"Subject": "x" * n}),
    "DYNAMODB_ITEM": (
        "dynamodb",
        "PutItem",
        lambda n: {"TableName": ORDERS, "Item": an_item(n)},
    ),
    "DYNAMODB_HASH_KEY": ("dynamodb", "GetItem", lambda n: key(order_id="x" * n)),
    "DYNAMODB_RANGE_KEY": (
        "dynamodb",
        "GetItem",
        lambda n: key(part="ü" * (n // 2) + "x" * (n % 2)),
    ),
    "DYNAMODB_EXPRESSION": (
        "dynamodb",
        "UpdateItem",
        lambda n: {**key(), "UpdateExpression": "x" * n},
    ),
    "DYNAMODB_TRANSACTION_ITEMS": (
        "dynamodb",
        "TransactWriteItems",
        lambda n: {"TransactItems": [put(100, number) for number in range(n)]},
    ),
    "DYNAMODB_TRANSACTION": (
        "dynamodb",
        "TransactWriteItems",
        lambda n: {"TransactItems": puts(n)},
    ),
    "DYNAMODB_BATCH_KEYS": (
        "dynamodb",
        "BatchGetItem",
        lambda n: {"RequestItems": {ORDERS: {"Keys": keys(n)}}},
    ),
    "DYNAMODB_BATCH_WRITES": (
        "dynamodb",
        "BatchWriteItem",
        lambda n: {"RequestItems": {ORDERS: [{"DeleteRequest": {"Key": it}} for it in keys(n)]}},
    ),
    "STEP_FUNCTIONS_INPUT": ("stepfunctions", "StartExecution", lambda n: {"input": "x" * n}),
    "STEP_FUNCTIONS_OUTPUT": ("stepfunctions", "SendTaskSuccess", lambda n: {"output": "x" * n}),
    "STEP_FUNCTIONS_CAUSE": ("stepfunctions", "SendTaskFailure", lambda n: {"cause": "x" * n}),
    "STEP_FUNCTIONS_NAME": ("stepfunctions", "StartExecution", lambda n: {"name": "x" * n}),
    "LAMBDA_REQUEST": ("lambda", "Invoke", lambda n: {"Payload": b"x" * n}),
    "LAMBDA_ASYNC_REQUEST": (
        "lambda",
        "Invoke",
        lambda n: {"InvocationType": "Event", "Payload": "x" * n},
    ),
    "S3_KEY": ("s3", "PutObject", lambda n: {"Key": "ü" * (n // 2) + "x" * (n % 2)}),
    "S3_USER_METADATA": ("s3", "PutObject", lambda n: {"Metadata": {"a": "x" * (n - 1)}}),
    "EVENTBRIDGE_ENTRIES": ("events", "PutEvents", lambda n: {"Entries": [{}] * n}),
}
INVALID: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a local part that is not ASCII": (
        "sesv2",
        "SendEmail",
        {"Destination": {"ToAddresses": ["gäst@example.com"]}},
    ),
    "a domain in Unicode": (
        "sesv2",
        "SendEmail",
        {"Destination": {"CcAddresses": ["guest@müller.de"]}},
    ),
    "a sender in Unicode": ("sesv2", "SendEmail", {"FromEmailAddress": "Müller <a@example.com>"}),
    "a reply address in Unicode": ("sesv2", "SendEmail", {"ReplyToAddresses": ["a@müller.de"]}),
    "an email header with a line break": ("sesv2", "SendEmail", an_email(Value="1\r\nBcc: eve")),
    "a subject with a line break": (
        "sesv2",
        "SendEmail",
        {"Content": {"Simple": {"Subject": {"Data": "Order\nBcc: eve@potter.example"}}}},
    ),
    "a control character in a message": ("sqs", "SendMessage", {"MessageBody": "a\x0bb"}),
    "a noncharacter in a batch": ("sqs", "SendMessageBatch", {"Entries": messages(1, "\uffff")}),
    "a notification with 11 attributes": (
        "sns",
        "Publish",
        {"MessageAttributes": attributes(11)},
    ),
    "a notification's subject with an umlaut": ("sns", "Publish", {"Subject": "Größe"}),
    "an execution name with a colon": ("stepfunctions", "StartExecution", {"name": "a:b"}),
    "an execution name with a blank": ("stepfunctions", "StartExecution", {"name": "a b"}),
    "an empty hash key": ("dynamodb", "GetItem", key(order_id="")),
    "an empty range key": ("dynamodb", "DeleteItem", key(part="")),
    "an empty key in an item": (
        "dynamodb",
        "TransactWriteItems",
        {"TransactItems": [{"Put": {"TableName": ORDERS, "Item": key(part="")["Key"]}}]},
    ),
    "an empty key of an index": (
        "dynamodb",
        "PutItem",
        {"TableName": ORDERS, "Item": {"email": {"S": ""}}},
    ),
    "an empty key in a query": (
        "dynamodb",
        "Query",
        {
            "TableName": ORDERS,
            "KeyConditionExpression": "#0 = :0",
            "ExpressionAttributeValues": {":0": {"S": ""}},
        },
    ),
    "a key twice in a batch": (
        "dynamodb",
        "BatchGetItem",
        {"RequestItems": {ORDERS: {"Keys": keys(1) * 2}}},
    ),
    "an item twice in a transaction": (
        "dynamodb",
        "TransactWriteItems",
        {"TransactItems": [{"Update": key()}, {"ConditionCheck": key()}]},
    ),
    "values of an update that are too large": (
        "dynamodb",
        "UpdateItem",
        {**key(), "ExpressionAttributeValues": {":a": {"L": [{"S": "x" * 400 * KB}]}}},
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_call_at_a_limit_is_accepted_and_one_above_it_is_refused(name: str) -> None:
    service, operation, build = CALLS[name]
    limit = ALL_LIMITS[name]

    assert find_refusal(service, operation, build(limit.value)) is None
    refusal = find_refusal(service, operation, build(limit.value + 1))
    assert refusal is not None
    assert refusal.code == limit.code
    assert refusal.message.startswith(limit.message)


@pytest.mark.parametrize("kind", INVALID)
def test_call_that_aws_refuses_is_refused(kind: str) -> None:
    service, operation, parameters = INVALID[kind]

    assert find_refusal(service, operation, parameters)


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("dynamodb", "ListTables", {}),
        ("dynamodb", "UpdateItem", {**key(), "ExpressionAttributeValues": {":a": {"S": ""}}}),
        ("sqs", "SendMessage", {"MessageBody": "a\tb\r\n \U0001f3fa"}),
        ("stepfunctions", "StartExecution", {"name": "01JDCWZ8X0-2.ü_"}),
        ("sts", "GetCallerIdentity", {}),
    ],
)
def test_valid_call_is_accepted(service: str, operation: str, parameters: dict[str, Any]) -> None:
    assert find_refusal(service, operation, parameters) is None


def test_each_limit_of_a_call_has_a_check_and_a_source() -> None:
    assert {name for name, limit in ALL_LIMITS.items() if limit.code} == set(CALLS)
    assert all(it.source.startswith("https://docs.aws.amazon.com/") for it in ALL_LIMITS.values())
    assert {service for service, _, _ in CALLS.values()} == {
        *(service for service, _ in CHECKS),
        "dynamodb",
    }


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "ü"}, 2),
        ({"N": "-12.50"}, 3),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"B": b"abc"}, 3),
        ({"SS": ["a", "bc"]}, 3),
        ({"L": [{"S": "a"}]}, 5),
        ({"M": {"k": {"S": "a"}}}, 6),
    ],
)
def test_size_of_a_dynamodb_value(value: dict[str, Any], size: int) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html"""
    assert item_size({"a": value}) == 1 + size


def test_every_client_of_the_tests_refuses_what_aws_refuses() -> None:
    sqs = boto3.Session().client("sqs")

    with pytest.raises(ClientError) as error:
        sqs.send_message(QueueUrl="http://127.0.0.1:9/q", MessageBody="a", DelaySeconds=901)

    assert error.value.response["Error"]["Code"] == "InvalidParameterValue"


# --- the emulator ---------------------------------------------------------------------------


def test_emulator_refuses_an_email_that_ses_refuses(cloud: LocalCloud) -> None:
    """As a function sends it: with a client that does not check limits itself."""
    ses = cloud.client("sesv2")
    ses.meta.events.unregister(CLIENT_EVENT, refuse)

    with pytest.raises(ClientError) as error:
        ses.send_email(
            FromEmailAddress="orders@hearth.example",
            Destination={"ToAddresses": ["guest@müller.de"]},
            Content={"Simple": {"Subject": {"Data": "a"}, "Body": {"Text": {"Data": "a"}}}},
        )

    assert error.value.response["Error"]["Code"] == "BadRequestException"
    assert "Punycode" in str(error.value)


@pytest.mark.parametrize(("method", "path"), [("GET", "/v2/email/outbound-emails"), ("POST", "/")])
def test_other_requests_are_no_emails(method: str, path: str) -> None:
    assert email_refusal(method, path, b"") is None


def test_emulator_refuses_a_response_above_the_limit() -> None:
    result = "x" * (aws_limits.LAMBDA_RESPONSE.value - 2)  # and two quotes
    outcome = {"status": "ok", "result": result, "log": "a line"}

    assert refuse_large_response(outcome) is outcome
    refused = refuse_large_response({**outcome, "result": result + "x"})
    assert (refused["status"], refused["log"]) == ("error", "a line")
    assert "6291456 bytes" in refused["error"]
    assert refuse_large_response({"status": "error"}) == {"status": "error"}
