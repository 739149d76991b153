"""Each switch of the emulator bites, and with it off the emulator is what it always is."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from ulid import ULID

from infra.local.cloud import LocalCloud
from infra.local.faults.switchboard import Switchboard
from tests.unit.infra.functions import a_function

type Tell = Callable[[str], None]

WORKS_FOR_A_MOMENT = "import time\ndef handler(told, _):\n    time.sleep(0.3)\n    return 'done'\n"


@pytest.fixture
def switchboard(cloud: LocalCloud) -> Iterator[Switchboard]:
    board = Switchboard(cloud)
    yield board
    for name in board.on():
        board.switch_off(name)


@pytest.fixture
def queue(cloud: LocalCloud) -> str:
    """A queue that hears of whatever is told to the topic of its name."""
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


def tell(cloud: LocalCloud, queue: str, *texts: str) -> None:
    (topic,) = (
        it["TopicArn"]
        for it in cloud.client("sns").list_topics()["Topics"]
        if it["TopicArn"].endswith(queue.rpartition("/")[2])
    )
    for text in texts:
        cloud.client("sns").publish(TopicArn=topic, Message=text)


def received(cloud: LocalCloud, queue: str, wanted: int, within: int = 0) -> list[str]:
    found: list[str] = []
    while len(found) < wanted:
        taken = cloud.client("sqs").receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=within
        )
        if "Messages" not in taken:
            break
        found += [it["Body"] for it in taken["Messages"]]
    return found


def delayed(cloud: LocalCloud, queue: str) -> int:
    name = "ApproximateNumberOfMessagesDelayed"
    found = cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=[name])
    return int(found["Attributes"][name])


def test_with_nothing_on_a_message_comes_once_and_at_once(cloud: LocalCloud, queue: str) -> None:
    tell(cloud, queue, "one", "two")

    assert received(cloud, queue, wanted=3) == ["one", "two"]


def test_messages_come_several_times(
    cloud: LocalCloud, queue: str, switchboard: Switchboard
) -> None:
    switchboard.switch_on("duplicate", 3)
    tell(cloud, queue, "one")
    switchboard.switch_off("duplicate")
    tell(cloud, queue, "two")

    assert received(cloud, queue, wanted=5) == ["one", "one", "one", "two"]


def test_messages_come_late(cloud: LocalCloud, queue: str, switchboard: Switchboard) -> None:
    switchboard.switch_on("delay", 30)
    tell(cloud, queue, "late")
    switchboard.switch_off("delay")
    tell(cloud, queue, "in time")

    assert received(cloud, queue, wanted=2) == ["in time"]
    assert delayed(cloud, queue) == 1


def test_messages_overtake_each_other(
    cloud: LocalCloud, queue: str, switchboard: Switchboard
) -> None:
    switchboard.switch_on("reorder", 2)
    told = [f"{number}" for number in range(10)]
    tell(cloud, queue, *told)

    came = received(cloud, queue, wanted=10, within=3)

    assert sorted(came) == told
    assert came != told


def test_workers_die_in_the_middle(cloud: LocalCloud, switchboard: Switchboard) -> None:
    functions, name = cloud.client("lambda"), a_function(cloud, WORKS_FOR_A_MOMENT)

    def fails() -> bool:
        return "FunctionError" in functions.invoke(FunctionName=name)

    assert not fails()
    switchboard.switch_on("kill", 1)
    assert fails()
    switchboard.switch_off("kill")
    assert not fails()


def test_whoever_draws_pages_is_spared(cloud: LocalCloud, switchboard: Switchboard) -> None:
    shop = a_function(cloud, WORKS_FOR_A_MOMENT, name="any-web")
    switchboard.switch_on("kill", 1)
    switchboard.switch_on("throttle", 1)

    assert "FunctionError" not in cloud.client("lambda").invoke(FunctionName=shop)


def test_functions_are_turned_away(cloud: LocalCloud, switchboard: Switchboard) -> None:
    functions, name = cloud.client("lambda"), a_function(cloud, WORKS_FOR_A_MOMENT)
    switchboard.switch_on("throttle", 1)

    with pytest.raises(ClientError, match="TooManyRequestsException"):
        functions.invoke(FunctionName=name)


def test_the_store_is_busy(cloud: LocalCloud, switchboard: Switchboard) -> None:
    store: Any = cloud.client("dynamodb")
    store.list_tables()
    switchboard._switches.turn("busy-store", 1)

    with pytest.raises(ClientError, match="ProvisionedThroughputExceeded"):
        store.list_tables()

    switchboard._switches.turn("busy-store", 0)
    store.list_tables()
