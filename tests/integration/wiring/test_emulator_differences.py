"""Where the local cloud is unlike AWS, or must be like it: an upgrade that differs is seen."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
from botocore.exceptions import ClientError
from ulid import ULID

from infra.local.cloud import LocalCloud
from infra.local.ports import any_free
from tests.fake_clouds import DeployedShop
from tests.integration.journeys.order_polling import eventually
from tests.unit.workers.queue_readers import taken_from

type Machine = Callable[[dict[str, Any]], str]

WAITS = {"Type": "Wait", "Seconds": 600, "End": True}
ENDS = {"Type": "Succeed"}


@pytest.fixture
def machine(tables: LocalCloud) -> Machine:
    """A workflow of one state, made for the test."""

    def made(state: dict[str, Any]) -> str:
        return a_machine(tables, state)

    return made


def a_machine(cloud: LocalCloud, state: dict[str, Any]) -> str:
    name = f"one-state-{ULID()}"
    role = cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    definition = {"QueryLanguage": "JSONata", "StartAt": "Only", "States": {"Only": state}}
    made = cloud.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=role["Role"]["Arn"]
    )
    arn: str = made["stateMachineArn"]
    return arn


def start(cloud: LocalCloud, machine: str, name: str, given: str = "{}") -> str:
    states = cloud.client("stepfunctions")
    arn: str = states.start_execution(stateMachineArn=machine, name=name, input=given)[
        "executionArn"
    ]
    return arn


@pytest.mark.parametrize("state", [WAITS, ENDS], ids=["running", "ended"])
def test_a_second_start_under_the_same_name_is_an_error_while_it_runs_too(
    tables: LocalCloud, machine: Machine, state: dict[str, Any]
) -> None:
    arn, states = machine(state), tables.client("stepfunctions")
    start(tables, arn, "an-order")

    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        start(tables, arn, "an-order")


def test_a_token_that_nobody_knows_does_not_exist_where_aws_calls_it_invalid(
    tables: LocalCloud,
) -> None:
    states = tables.client("stepfunctions")

    with pytest.raises(states.exceptions.TaskDoesNotExist):
        states.send_task_success(taskToken="nobody's", output="{}")


def test_waking_is_granted_for_every_token_since_there_is_no_resource(shop: DeployedShop) -> None:
    iam = shop.cloud.client("iam")
    functions = shop.cloud.client("lambda")
    role = functions.get_function_configuration(FunctionName="hearth-and-clay-review")["Role"]

    verdict = iam.simulate_principal_policy(
        PolicySourceArn=role,
        ActionNames=["states:SendTaskSuccess"],
        ResourceArns=[shop.outputs["FulfillOrderStateMachine"]],
    )["EvaluationResults"][0]["EvalDecision"]

    assert verdict == "allowed"


def test_ref_of_a_secret_is_its_name_here_so_the_template_names_it(tables: LocalCloud) -> None:
    secrets = tables.client("secretsmanager")

    found = secrets.get_secret_value(SecretId="hearth-and-clay/signing-secret")

    assert len(found["SecretString"]) == 64


@pytest.mark.parametrize("key", ["images/pot/1", "images/grüne kanne/a+b"])
def test_keys_in_notices_can_be_read_as_aws_encodes_them(tables: LocalCloud, key: str) -> None:
    s3, sqs, name = tables.client("s3"), tables.client("sqs"), f"notices-{ULID()}".lower()
    url = sqs.create_queue(QueueName=f"hearth-and-clay-{name}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [allow]})}
    )
    s3.put_bucket_notification_configuration(
        Bucket=name,
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": arn["QueueArn"], "Events": ["s3:ObjectCreated:*"]}]
        },
    )

    s3.put_object(Bucket=name, Key=key, Body=b"x")
    s3.put_object(Bucket=name, Key=key, Body=b"y")

    def told() -> list[dict[str, Any]]:
        bodies = [json.loads(it["Body"]) for it in taken_from(tables, name)]
        found.extend(record["s3"]["object"] for it in bodies for record in it.get("Records", []))
        return found

    found: list[dict[str, Any]] = []
    first, second = eventually(told, lambda it: len(it) == 2)
    assert unquote_plus(first["key"]) == key
    assert second["sequencer"].rjust(32, "0") > first["sequencer"].rjust(32, "0")


def test_the_topic_reaches_no_queue_whose_policy_does_not_name_it(tables: LocalCloud) -> None:
    sns, sqs, name = tables.client("sns"), tables.client("sqs"), f"closed-{ULID()}"
    topic = sns.create_topic(Name=name)["TopicArn"]
    url = sqs.create_queue(QueueName=f"hearth-and-clay-{name}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])

    sns.publish(TopicArn=topic, Message="refused")
    assert taken_from(tables, name) == []

    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn["QueueArn"],
    }
    sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [allow]})}
    )
    sns.publish(TopicArn=topic, Message="taken")
    (message,) = eventually(lambda: taken_from(tables, name))
    assert json.loads(message["Body"])["Message"] == "taken"


def test_a_topic_lets_the_whole_account_publish_unless_it_has_a_policy_of_its_own(
    tables: LocalCloud,
) -> None:
    sns = tables.client("sns")
    ours = "arn:aws:sns:eu-central-1:000000000000:hearth-and-clay-order-events"

    def policy_of(topic: str) -> str:
        policy: str = sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
        return policy.lower()

    assert "sns:publish" in policy_of(sns.create_topic(Name=f"plain-{ULID()}")["TopicArn"])
    assert "sns:publish" not in policy_of(ours)


def test_a_restart_ends_running_workflows_and_their_names_stay_taken(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path, any_free(), any_free(), lasting=True)
    cloud.start()
    try:
        run = start(cloud, a_machine(cloud, WAITS), "an-order")
    finally:
        cloud.stop()

    cloud.start()
    try:
        states = cloud.client("stepfunctions")
        found = states.describe_execution(executionArn=run)
        assert found["status"] == "FAILED"
        with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
            start(cloud, found["stateMachineArn"], "an-order")
    finally:
        cloud.stop()
