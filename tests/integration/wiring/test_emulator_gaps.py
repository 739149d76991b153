"""What the emulator does not check or support, so that a check or tool of this project must.

A failing test here is mostly good news: the gap is closed, and the substitute may be removed.
"""

import io
import json
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from ulid import ULID

from infra.local.cloud import LocalCloud
from tests.integration.journeys.order_polling import eventually
from tests.integration.wiring.test_emulator_differences import ANY, a_machine, end_of, start

FAILS = "class Sold(Exception): pass\ndef handler(step, context): raise Sold('out')\n"


@pytest.fixture
def failing(tables: LocalCloud) -> Iterator[str]:
    """Creates a function that always raises a custom exception."""
    name, archive_bytes = f"fails-{ULID()}", io.BytesIO()
    with zipfile.ZipFile(archive_bytes, "w") as archive:
        archive.writestr("fails.py", FAILS)
    role = tables.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [ANY]})
    tables.client("iam").put_role_policy(RoleName=name, PolicyName="any", PolicyDocument=policy)
    made = tables.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="fails.handler",
        Role=role["Arn"],
        Code={"ZipFile": archive_bytes.getvalue()},
        Timeout=30,
    )
    yield made["FunctionArn"]
    tables.client("lambda").delete_function(FunctionName=name)


def test_workflow_does_not_see_exception_classes_so_steps_return_their_outcomes(
    tables: LocalCloud, failing: str
) -> None:
    arguments = {"FunctionName": failing, "Payload": {}}
    resource = "arn:aws:states:::lambda:invoke"
    state = {"Type": "Task", "Resource": resource, "Arguments": arguments, "End": True}
    machine = a_machine(tables, state)
    ended = end_of(tables, start(tables, machine, "an-order"))

    assert (ended["status"], ended["error"]) == ("FAILED", "Runtime.HandlerError")


def test_mapping_with_a_short_visibility_timeout_is_accepted_so_the_template_lint_checks_it(
    tables: LocalCloud, failing: str
) -> None:
    sqs = tables.client("sqs")
    url = sqs.create_queue(QueueName=f"short-{ULID()}", Attributes={"VisibilityTimeout": "5"})
    arn = sqs.get_queue_attributes(QueueUrl=url["QueueUrl"], AttributeNames=["QueueArn"])

    made = tables.client("lambda").create_event_source_mapping(
        EventSourceArn=arn["Attributes"]["QueueArn"], FunctionName=failing
    )

    assert made["UUID"]
    tables.client("lambda").delete_event_source_mapping(UUID=made["UUID"])


def test_message_move_task_is_not_supported_so_shop_redrive_moves_dead_letters(
    tables: LocalCloud,
) -> None:
    arn = "arn:aws:sqs:eu-central-1:000000000000:hearth-and-clay-email-dead-letters"

    with pytest.raises(ClientError):
        tables.client("sqs").start_message_move_task(SourceArn=arn)


def test_write_without_a_change_makes_no_stream_record_as_on_aws(
    tables: LocalCloud,
) -> None:
    dynamodb, streams = tables.client("dynamodb"), tables.client("dynamodbstreams")
    name = f"still-{ULID()}"
    table = dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    for state in ("new", "new", "changed"):
        dynamodb.put_item(TableName=name, Item={"id": {"S": "1"}, "state": {"S": state}})

    stream = table["LatestStreamArn"]
    shards = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]

    def received() -> list[Any]:
        records = []
        for shard in shards:
            at = streams.get_shard_iterator(
                StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )
            records += streams.get_records(ShardIterator=at["ShardIterator"])["Records"]
        return records

    names = [it["eventName"] for it in eventually(received, lambda it: len(it) >= 2)]
    assert names == ["INSERT", "MODIFY"]


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        (
            "AWS::CloudWatch::Alarm",
            {
                "ComparisonOperator": "GreaterThanThreshold",
                "EvaluationPeriods": 1,
                "Threshold": 1,
                "Metrics": [{"Id": "all", "Expression": "SUM(METRICS())"}],
            },
        ),
        (
            "AWS::Budgets::Budget",
            {"Budget": {"BudgetType": "COST", "TimeUnit": "MONTHLY"}},
        ),
    ],
    ids=["metric math", "a budget"],
)
def test_unsupported_resource_types_fail_so_the_template_makes_them_conditional(
    tables: LocalCloud, kind: str, properties: dict[str, Any]
) -> None:
    cloudformation, name = tables.client("cloudformation"), f"refused-{ULID()}"
    body = json.dumps({"Resources": {"It": {"Type": kind, "Properties": properties}}})

    def status() -> str:
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        return str(stack["StackStatus"])

    try:
        cloudformation.create_stack(StackName=name, TemplateBody=body)
        time.sleep(0.1)
        ended = eventually(status, lambda it: not it.endswith("IN_PROGRESS"))
    except ClientError:
        ended = "REFUSED"
    assert ended in {"REFUSED", "CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}


def test_running_execution_continues_with_a_replaced_definition_so_steps_read_the_order(
    tables: LocalCloud,
) -> None:
    """On AWS a running execution keeps its definition. Steps decide by the stored order alone, so
    an open order completes with either definition.
    """
    states = tables.client("stepfunctions")
    machine = a_machine(tables, {"Type": "Succeed"})
    states.update_state_machine(stateMachineArn=machine, definition=definition_of("as it was"))
    run = start(tables, machine, "an-order")
    states.update_state_machine(stateMachineArn=machine, definition=definition_of("as it is"))

    ended = end_of(tables, run)

    assert json.loads(ended["output"]) == "as it is"


def definition_of(word: str) -> str:
    pause = {"Type": "Wait", "Seconds": 1, "Next": "Answer"}
    answer = {"Type": "Pass", "Output": word, "End": True}
    definition = {"StartAt": "Pause", "States": {"Pause": pause, "Answer": answer}}
    return json.dumps({"QueryLanguage": "JSONata"} | definition)
