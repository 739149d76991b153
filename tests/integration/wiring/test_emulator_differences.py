"""Where the emulator differs from AWS, or must not: an upgrade that changes it fails here."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
from botocore.exceptions import ClientError
from ulid import ULID

from infra.local.cloud import LocalCloud
from infra.local.ports import find_free_port
from tests.fake_clouds import DeployedShop
from tests.integration.journeys.order_polling import eventually
from tests.unit.workers.queue_readers import drain_queue

type State = dict[str, Any]
type Machine = Callable[[State], str]

WAITS = {"Type": "Wait", "Seconds": 600, "End": True}
ENDS = {"Type": "Succeed"}
ANY = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.fixture
def machine(tables: LocalCloud) -> Machine:
    """Creates a state machine with a single state."""

    def create(state: dict[str, Any]) -> str:
        return a_machine(tables, state)

    return create


def a_machine(cloud: LocalCloud, state: State, **others: State) -> str:
    """Begins with ``state``. Its role has the same name and may do anything."""
    name = f"one-state-{ULID()}"
    role = cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    definition: State = {"QueryLanguage": "JSONata", "StartAt": "Only"}
    definition |= {"States": {"Only": state, **others}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [ANY]})
    cloud.client("iam").put_role_policy(RoleName=name, PolicyName="any", PolicyDocument=policy)
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


def end_of(cloud: LocalCloud, execution: str) -> dict[str, Any]:
    """The description of an execution, once it has ended."""
    states = cloud.client("stepfunctions")
    return eventually(
        lambda: states.describe_execution(executionArn=execution),
        lambda it: it["status"] != "RUNNING",
    )


def test_repeated_start_of_a_running_execution_returns_it_as_on_aws(
    tables: LocalCloud, machine: Machine
) -> None:
    """AWS: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"""
    arn, states = machine(WAITS), tables.client("stepfunctions")
    begun, repeated = (
        states.start_execution(stateMachineArn=arn, name="an-order", input='{"a": 1}')
        for _ in range(2)
    )

    assert repeated["executionArn"] == begun["executionArn"]
    assert repeated["startDate"] == begun["startDate"]
    assert len(states.list_executions(stateMachineArn=arn)["executions"]) == 1


@pytest.mark.parametrize("state", [WAITS, ENDS], ids=["running with another input", "ended"])
def test_name_of_another_execution_is_refused_as_on_aws(
    tables: LocalCloud, machine: Machine, state: dict[str, Any]
) -> None:
    """Whether a refused execution runs can be seen only if all have the same input."""
    arn, states = machine(state), tables.client("stepfunctions")
    begun = start(tables, arn, "an-order", "{}" if state == ENDS else '{"a": 1}')
    if state == ENDS:
        end_of(tables, begun)

    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        start(tables, arn, "an-order", "{}")


def test_error_raised_by_an_output_is_caught_by_its_name_and_not_retried_as_on_aws(
    tables: LocalCloud,
) -> None:
    """AWS: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"""
    name = f"outputs-{ULID()}"
    url = tables.client("sqs").create_queue(QueueName=f"hearth-and-clay-{name}")["QueueUrl"]
    only = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Arguments": {"QueueUrl": url, "MessageBody": "sent"},
        "Output": "{% $exists($states.result.MessageId) ? $error('Other.') : 'usual' %}",
        "Retry": [
            {"ErrorEquals": ["States.QueryEvaluationError"], "MaxAttempts": 0},
            {"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 3},
        ],
        "Catch": [
            {"ErrorEquals": ["States.QueryEvaluationError"], "Output": "other", "Next": "Ends"},
            {"ErrorEquals": ["States.ALL"], "Output": "failed", "Next": "Ends"},
        ],
        "End": True,
    }
    arn = a_machine(tables, only, Ends={"Type": "Pass", "End": True})

    ended = end_of(tables, start(tables, arn, "an-order"))

    assert json.loads(ended["output"]) == "other"
    assert len(drain_queue(tables, name)) == 1


def test_unknown_task_token_raises_task_does_not_exist_where_aws_raises_invalid_token(
    tables: LocalCloud,
) -> None:
    states = tables.client("stepfunctions")

    with pytest.raises(states.exceptions.TaskDoesNotExist):
        states.send_task_success(taskToken="unknown", output="{}")


def test_send_task_success_has_no_resource_to_restrict(shop: DeployedShop) -> None:
    iam = shop.cloud.client("iam")
    functions = shop.cloud.client("lambda")
    role = functions.get_function_configuration(FunctionName="hearth-and-clay-review")["Role"]

    verdict = iam.simulate_principal_policy(
        PolicySourceArn=role,
        ActionNames=["states:SendTaskSuccess"],
        ResourceArns=[shop.outputs["FulfillOrderStateMachine"]],
    )["EvaluationResults"][0]["EvalDecision"]

    assert verdict == "allowed"


def test_ref_of_a_secret_is_its_name_so_the_template_sets_the_name(tables: LocalCloud) -> None:
    secrets = tables.client("secretsmanager")

    found = secrets.get_secret_value(SecretId="hearth-and-clay/signing-secret")

    assert len(found["SecretString"]) == 64


@pytest.mark.parametrize("key", ["images/pot/1", "images/grüne kanne/a+b"])
def test_keys_in_s3_notifications_are_encoded_as_on_aws(tables: LocalCloud, key: str) -> None:
    s3, sqs, name = tables.client("s3"), tables.client("sqs"), f"notifications-{ULID()}".lower()
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

    def received() -> list[dict[str, Any]]:
        bodies = [json.loads(it["Body"]) for it in drain_queue(tables, name)]
        found.extend(record["s3"]["object"] for it in bodies for record in it.get("Records", []))
        return found

    found: list[dict[str, Any]] = []
    first, second = eventually(received, lambda it: len(it) == 2)
    assert unquote_plus(first["key"]) == key
    assert second["sequencer"].rjust(32, "0") > first["sequencer"].rjust(32, "0")


def test_topic_delivers_only_to_queues_whose_policy_allows_it(tables: LocalCloud) -> None:
    sns, sqs, name = tables.client("sns"), tables.client("sqs"), f"closed-{ULID()}"
    topic = sns.create_topic(Name=name)["TopicArn"]
    url = sqs.create_queue(QueueName=f"hearth-and-clay-{name}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])

    sns.publish(TopicArn=topic, Message="refused")
    assert drain_queue(tables, name) == []

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
    (message,) = eventually(lambda: drain_queue(tables, name))
    assert json.loads(message["Body"])["Message"] == "taken"


def test_topic_without_a_policy_lets_the_whole_account_publish(
    tables: LocalCloud,
) -> None:
    sns = tables.client("sns")
    ours = "arn:aws:sns:eu-central-1:000000000000:hearth-and-clay-order-events"

    def policy_of(topic: str) -> str:
        policy: str = sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
        return policy.lower()

    assert "sns:publish" in policy_of(sns.create_topic(Name=f"plain-{ULID()}")["TopicArn"])
    assert "sns:publish" not in policy_of(ours)


def test_restart_fails_running_executions_and_keeps_their_names(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path, find_free_port(), find_free_port(), persistent=True)
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
