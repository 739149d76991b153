"""During an outage, the calls of functions to a service fail, and those of operators do not."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from ulid import ULID

from infra.local.cloud import LocalCloud
from infra.local.faults.injector import FaultInjector
from infra.local.faults.outages import SERVICES, OutageKind, Service
from tests.unit.infra.functions import a_function

CALLER = """
import time
import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
KEY = {"provider": {"record_id": {"S": "none"}}, "carrier": {"reference": {"S": "none"}}}
CALLS = {
    "dynamodb": lambda: boto3.client("dynamodb", config=CONFIG).list_tables(),
    "sns": lambda: boto3.client("sns", config=CONFIG).list_topics(),
    "sqs": lambda: boto3.client("sqs", config=CONFIG).list_queues(),
    "ses": lambda: boto3.client("sesv2", config=CONFIG).get_account(),
    "stepfunctions": lambda: boto3.client("stepfunctions", config=CONFIG).list_state_machines(),
    **{
        name: lambda name=name: boto3.client("dynamodb", config=CONFIG).batch_get_item(
            RequestItems={f"outages-{name}-records": {"Keys": [KEY[name]]}}
        )
        for name in KEY
    },
}


def call(service):
    try:
        CALLS[service]()
    except ClientError as error:
        return error.response["Error"]["Code"]
    except BotoCoreError as error:
        return type(error).__name__
    return "answered"


def handler(event, context):
    print("called")
    return {service: call(service) for service in event["services"]}
"""
ACTIONS = ("dynamodb:*", "sns:*", "sqs:*", "ses:*", "states:*", "logs:*")
THROTTLED = {
    "dynamodb": "ThrottlingException",
    "provider": "ThrottlingException",
    "carrier": "ThrottlingException",
    "sns": "ThrottledException",
    "sqs": "RequestThrottled",
    "ses": "TooManyRequestsException",
    "stepfunctions": "ThrottlingException",
}


@pytest.fixture(scope="module")
def function(cloud: LocalCloud) -> str:
    name = a_function(cloud, CALLER, name=f"caller-{ULID()}")
    allowed = {"Statement": [{"Effect": "Allow", "Action": ACTIONS, "Resource": "*"}]}
    cloud.client("iam").put_role_policy(
        RoleName=name, PolicyName="all", PolicyDocument=json.dumps(allowed)
    )
    for service, key in (("provider", "record_id"), ("carrier", "reference")):
        cloud.client("dynamodb").create_table(
            TableName=f"outages-{service}-records",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        )
    return name


@pytest.fixture
def faults(cloud: LocalCloud) -> Iterator[FaultInjector]:
    injector = FaultInjector(cloud)
    yield injector
    for outage in injector.outages():
        injector.disable(f"{outage.service}-outage")


def call(cloud: LocalCloud, function: str, *services: str) -> dict[str, str]:
    """What the function received from each service, such as an error code."""
    payload = json.dumps({"services": services}).encode()
    response = cloud.client("lambda").invoke(FunctionName=function, Payload=payload)
    results: dict[str, str] = json.loads(response["Payload"].read())
    return results


@pytest.mark.parametrize("service", SERVICES)
def test_an_outage_concerns_one_service(
    cloud: LocalCloud, function: str, faults: FaultInjector, service: Service
) -> None:
    assert set(call(cloud, function, *SERVICES).values()) == {"answered"}

    faults.start_outage(f"{service}-outage", timedelta(minutes=1), "throttled")

    others = dict.fromkeys(SERVICES, "answered")
    assert call(cloud, function, *SERVICES) == {**others, service: THROTTLED[service]}
    faults.disable(f"{service}-outage")
    assert set(call(cloud, function, *SERVICES).values()) == {"answered"}


@pytest.mark.parametrize("service", ["dynamodb", "ses"])
def test_an_unavailable_service_does_not_answer(
    cloud: LocalCloud, function: str, faults: FaultInjector, service: Service
) -> None:
    faults.enable(f"{service}-outage")

    assert call(cloud, function, service) == {service: "ReadTimeoutError"}


@pytest.mark.parametrize("kind", ["throttled", "unavailable"])
def test_the_operators_own_calls_are_answered(
    cloud: LocalCloud, faults: FaultInjector, kind: OutageKind
) -> None:
    for service in SERVICES:
        faults.start_outage(f"{service}-outage", timedelta(minutes=1), kind)

    cloud.client("dynamodb").list_tables()
    cloud.client("sns").list_topics()
    cloud.client("sqs").list_queues()
    cloud.client("sesv2").get_account()
    cloud.client("stepfunctions").list_state_machines()


def test_messages_wait_while_sqs_is_away(
    cloud: LocalCloud, function: str, faults: FaultInjector
) -> None:
    sqs: Any = cloud.client("sqs")
    url = sqs.create_queue(QueueName=f"q-{ULID()}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    faults.enable("sqs-outage")
    cloud.client("lambda").create_event_source_mapping(
        EventSourceArn=arn["QueueArn"], FunctionName=function, BatchSize=1
    )
    sqs.send_message(QueueUrl=url, MessageBody='{"services": []}')

    assert not is_emptied(sqs, url, seconds=2)
    faults.disable("sqs-outage")
    assert is_emptied(sqs, url, seconds=20)


def is_emptied(sqs: Any, url: str, *, seconds: int) -> bool:
    """Whether Lambda receives every visible message within this time."""
    name, deadline = "ApproximateNumberOfMessages", time.monotonic() + seconds
    while time.monotonic() < deadline:
        response = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        if response["Attributes"][name] == "0":
            return True
        time.sleep(0.2)
    return False
