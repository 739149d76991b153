"""Streams and queues work after a restart of the local cloud."""

import time
from pathlib import Path

from infra.local.cloud import LocalCloud
from infra.local.ports import find_free_port
from infra.local.state_repair import reset_stream_positions
from tests.unit.infra.functions import a_function

READER = "def handler(batch, context):\n    print('read', len(batch['Records']), flush=True)\n"


def test_stream_records_after_a_restart_are_delivered(tmp_path: Path) -> None:
    before = LocalCloud(tmp_path, find_free_port(), find_free_port(), persistent=True)
    before.start()
    _table_with_reader(before)
    for name in ("one", "two", "three"):
        _put(before, name)
    assert _wait_for_reads(before, 3) == 3
    before.stop()

    after = LocalCloud(tmp_path, find_free_port(), find_free_port(), persistent=True)
    assert after.start()
    _put(after, "four")
    read = _wait_for_reads(after, 4)
    after.stop()

    assert read == 4


def test_queue_is_found_after_a_change_of_port(tmp_path: Path) -> None:
    before = LocalCloud(tmp_path, find_free_port(), find_free_port(), persistent=True)
    before.start()
    before.client("sqs").create_queue(QueueName="emails")
    before.stop()

    after = LocalCloud(tmp_path, find_free_port(), find_free_port(), persistent=True)
    assert after.start()
    queues = after.client("sqs").list_queues()["QueueUrls"]
    after.stop()

    assert [url.split("://")[1].split(":")[1] for url in queues] == [
        f"{after.port}/000000000000/emails"
    ]


def test_corrupt_state_is_left_for_the_emulator_to_report(tmp_path: Path) -> None:
    (tmp_path / "lambda.json").write_text("{ corrupt")

    reset_stream_positions(tmp_path)

    assert (tmp_path / "lambda.json").read_text() == "{ corrupt"


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


def _wait_for_reads(cloud: LocalCloud, expected: int) -> int:
    """The number of records read so far, once it reaches the expected number."""
    deadline = time.monotonic() + 10
    while (read := _records_read(cloud)) < expected and time.monotonic() < deadline:
        time.sleep(0.1)
    return read


def _records_read(cloud: LocalCloud) -> int:
    logs = cloud.client("logs")
    try:
        events = logs.filter_log_events(logGroupName="/aws/lambda/reader")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return 0
    words = [event["message"].split() for event in events]
    return sum(int(line[1]) for line in words if line[:1] == ["read"])
