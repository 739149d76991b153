"""Streams go on after a restart of the local cloud."""

import time
from pathlib import Path

from infra.local.cloud import LocalCloud
from infra.local.ports import any_free
from infra.local.state_repair import forget_stream_positions
from tests.unit.infra.functions import a_function

READER = "def handler(batch, context):\n    print('read', len(batch['Records']), flush=True)\n"


def test_what_is_written_after_a_restart_is_read(tmp_path: Path) -> None:
    before = LocalCloud(tmp_path, any_free(), any_free(), lasting=True)
    before.start()
    _table_with_reader(before)
    for name in ("one", "two", "three"):
        _put(before, name)
    assert _reads(before, wanted=3) == 3
    before.stop()

    after = LocalCloud(tmp_path, any_free(), any_free(), lasting=True)
    assert after.start()
    _put(after, "four")
    read = _reads(after, wanted=4)
    after.stop()

    assert read == 4


def test_a_queue_is_found_again_on_another_port(tmp_path: Path) -> None:
    before = LocalCloud(tmp_path, any_free(), any_free(), lasting=True)
    before.start()
    before.client("sqs").create_queue(QueueName="letters")
    before.stop()

    after = LocalCloud(tmp_path, any_free(), any_free(), lasting=True)
    assert after.start()
    queues = after.client("sqs").list_queues()["QueueUrls"]
    after.stop()

    assert [url.split("://")[1].split(":")[1] for url in queues] == [
        f"{after.port}/000000000000/letters"
    ]


def test_spoilt_state_is_left_for_the_emulator_to_find(tmp_path: Path) -> None:
    (tmp_path / "lambda.json").write_text("{ spoilt")

    forget_stream_positions(tmp_path)

    assert (tmp_path / "lambda.json").read_text() == "{ spoilt"


def _table_with_reader(cloud: LocalCloud) -> None:
    table = cloud.client("dynamodb").create_table(
        TableName="orders",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    a_function(cloud, READER, name="reader")
    cloud.client("lambda").create_event_source_mapping(
        FunctionName="reader",
        EventSourceArn=table["TableDescription"]["LatestStreamArn"],
        StartingPosition="TRIM_HORIZON",
    )


def _put(cloud: LocalCloud, name: str) -> None:
    cloud.client("dynamodb").put_item(TableName="orders", Item={"id": {"S": name}})


def _reads(cloud: LocalCloud, wanted: int) -> int:
    """How many records have been read in all, as soon as it is the wanted number."""
    deadline = time.monotonic() + 10
    while (read := _logged(cloud)) < wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    return read


def _logged(cloud: LocalCloud) -> int:
    logs = cloud.client("logs")
    try:
        events = logs.filter_log_events(logGroupName="/aws/lambda/reader")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return 0
    said = [event["message"].split() for event in events]
    return sum(int(words[1]) for words in said if words[:1] == ["read"])
