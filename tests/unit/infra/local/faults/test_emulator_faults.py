"""Each fault of the emulator has its effect, and none when it is disabled."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from ulid import ULID

from infra.local.cloud import LocalCloud
from infra.local.faults.injector import FaultInjector
from tests.unit.infra.functions import a_function

SLOW_FUNCTION = "import time\ndef handler(event, _):\n    time.sleep(0.3)\n    return 'done'\n"


@pytest.fixture
def faults(cloud: LocalCloud) -> Iterator[FaultInjector]:
    injector = FaultInjector(cloud)
    yield injector
    for name in injector.active():
        injector.disable(name)


@pytest.fixture
def queue(cloud: LocalCloud) -> str:
    """A queue that is subscribed to a topic of the same name."""
    sns, sqs, name = cloud.client("sns"), cloud.client("sqs"), f"q-{ULID()}"
    url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = json.dumps({"Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    topic = sns.create_topic(Name=name)["TopicArn"]
    raw = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"], Attributes=raw)
    return url


def publish(cloud: LocalCloud, queue: str, *texts: str) -> None:
    (topic,) = (
        it["TopicArn"]
        for it in cloud.client("sns").list_topics()["Topics"]
        if it["TopicArn"].endswith(queue.rpartition("/")[2])
    )
    for text in texts:
        cloud.client("sns").publish(TopicArn=topic, Message=text)


def receive(cloud: LocalCloud, queue: str, limit: int, wait: int = 0) -> list[str]:
    bodies: list[str] = []
    while len(bodies) < limit:
        response = cloud.client("sqs").receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=wait
        )
        if "Messages" not in response:
            break
        bodies += [message["Body"] for message in response["Messages"]]
    return bodies


def count_delayed(cloud: LocalCloud, queue: str) -> int:
    name = "ApproximateNumberOfMessagesDelayed"
    response = cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=[name])
    return int(response["Attributes"][name])


def test_without_faults_messages_are_delivered_once_in_order(cloud: LocalCloud, queue: str) -> None:
    publish(cloud, queue, "one", "two")

    assert receive(cloud, queue, limit=3) == ["one", "two"]


def test_duplicate_messages(cloud: LocalCloud, queue: str, faults: FaultInjector) -> None:
    faults.enable("duplicate", 3)
    publish(cloud, queue, "one")
    faults.disable("duplicate")
    publish(cloud, queue, "two")

    assert receive(cloud, queue, limit=5) == ["one", "one", "one", "two"]


def test_delayed_messages(cloud: LocalCloud, queue: str, faults: FaultInjector) -> None:
    faults.enable("delay", 30)
    publish(cloud, queue, "late")
    faults.disable("delay")
    publish(cloud, queue, "in time")

    assert receive(cloud, queue, limit=2) == ["in time"]
    assert count_delayed(cloud, queue) == 1


def test_reordered_messages(cloud: LocalCloud, queue: str, faults: FaultInjector) -> None:
    faults.enable("reorder", 2)
    sent = [f"{number}" for number in range(10)]
    publish(cloud, queue, *sent)

    received = receive(cloud, queue, limit=10, wait=3)

    assert sorted(received) == sent
    assert received != sent


def test_killed_functions(cloud: LocalCloud, faults: FaultInjector) -> None:
    functions, name = cloud.client("lambda"), a_function(cloud, SLOW_FUNCTION)

    def fails() -> bool:
        return "FunctionError" in functions.invoke(FunctionName=name)

    assert not fails()
    faults.enable("kill", 1)
    assert fails()
    faults.disable("kill")
    assert not fails()


def test_web_function_is_exempt_from_faults(cloud: LocalCloud, faults: FaultInjector) -> None:
    web = a_function(cloud, SLOW_FUNCTION, name="any-web")
    faults.enable("kill", 1)
    faults.enable("throttle", 1)

    assert "FunctionError" not in cloud.client("lambda").invoke(FunctionName=web)


def test_throttled_functions(cloud: LocalCloud, faults: FaultInjector) -> None:
    functions, name = cloud.client("lambda"), a_function(cloud, SLOW_FUNCTION)
    faults.enable("throttle", 1)

    with pytest.raises(ClientError, match="TooManyRequestsException"):
        functions.invoke(FunctionName=name)


def test_throttled_dynamodb_requests(cloud: LocalCloud, faults: FaultInjector) -> None:
    dynamodb: Any = cloud.client("dynamodb")
    dynamodb.list_tables()
    faults._state_file.set("dynamodb-throttle", 1)

    with pytest.raises(ClientError, match="ProvisionedThroughputExceeded"):
        dynamodb.list_tables()

    faults._state_file.set("dynamodb-throttle", 0)
    dynamodb.list_tables()
