"""A message that no worker can read: its dead-letter queue, its alarm, and IAM denials."""

import json
from functools import partial
from typing import Any

import pytest
from ulid import ULID

from infra.aws.status import read_status
from infra.ops.dead_letters.audit_log import Operator
from infra.ops.dead_letters.messages import DeadLetter, receive_dead_letters
from infra.ops.dead_letters.queues import DeadLetterQueue, find_dead_letter_queue
from infra.ops.dead_letters.redrive import discard
from infra.ops.deployed_stack import DeployedStack
from tests.aws.api_client import wait_until

OPERATOR = Operator("shop aws test", "an unreadable event")
ALARM_SECONDS = 600  # CloudWatch reads the metrics of SQS every five minutes


def messages_with(stack: DeployedStack, queue: DeadLetterQueue, mark: str) -> list[DeadLetter]:
    with receive_dead_letters(stack, queue) as messages:
        return [it for it in messages if mark in it.body]


@pytest.fixture
def mark(stack: DeployedStack) -> str:
    """Publishes an event that no consumer can read, and returns what identifies it."""
    mark = str(ULID())
    stack.client("sns").publish(
        TopicArn=stack.outputs()["OrderEventsTopic"],
        Message=json.dumps({"mark": mark}),
        MessageAttributes={"type": {"DataType": "String", "StringValue": "order_placed"}},
    )
    return mark


def test_unreadable_event_ends_in_the_dead_letter_queue_with_its_reason(
    stack: DeployedStack, mark: str
) -> None:
    queues = [
        find_dead_letter_queue(stack, name)
        for name in ("email", "analytics", "inventory", "fulfillment")
    ]

    for queue in queues:
        message, *_ = wait_until(partial(messages_with, stack, queue, mark), 120)
        assert message.reason
        discard(stack, queue, message.message_id, OPERATOR)


@pytest.mark.only_on_aws("evaluates no alarms")
def test_message_in_a_dead_letter_queue_sets_an_alarm(stack: DeployedStack, mark: str) -> None:
    wait_until(lambda: "EmailDeadLetterQueueAlarm" in read_status(stack).alarms, ALARM_SECONDS)

    queue = find_dead_letter_queue(stack, "email")
    for message in messages_with(stack, queue, mark):
        discard(stack, queue, message.message_id, OPERATOR)


@pytest.mark.parametrize(
    ("function", "action", "resource"),
    [
        ("EmailWorkerFunction", "dynamodb:DeleteTable", "table/{stack}-orders"),
        ("AnalyticsWorkerFunction", "dynamodb:PutItem", "table/{stack}-orders"),
        ("ThumbnailWorkerFunction", "dynamodb:GetItem", "table/{stack}-customers"),
        ("WebFunction", "dynamodb:DeleteItem", "table/{stack}-audit-log"),
    ],
)
def test_role_is_denied_what_its_function_does_not_need(
    stack: DeployedStack, function: str, action: str, resource: str
) -> None:
    role = stack.resources("AWS::IAM::Role")[f"{function}Role"]
    sts = stack.client("sts")
    account, region = sts.get_caller_identity()["Account"], sts.meta.region_name
    arn = f"arn:aws:dynamodb:{region}:{account}:{resource.format(stack=stack.stack_name)}"
    iam: Any = stack.client("iam")
    source = iam.get_role(RoleName=role)["Role"]["Arn"]

    (result,) = iam.simulate_principal_policy(
        PolicySourceArn=source, ActionNames=[action], ResourceArns=[arn]
    )["EvaluationResults"]

    assert result["EvalDecision"] != "allowed"
