"""What AWS would bill for the calls of a function, counted by the local cloud."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from infra.local.billed_calls import PATH, BilledRow, invocation_rows
from infra.local.cloud import LocalCloud
from infra.local.console.span_units import count_units, find_span
from tests.builders import an_order

ORDERS, ORDER_ID = "hearth-and-clay-orders", "01J" + "0" * 23


@contextmanager
def invocation(cloud: LocalCloud, service: str) -> Iterator[tuple[Any, str]]:
    """A client whose calls carry the trace header of one invocation, and its request id."""
    client, request = cloud.client(service), uuid4().hex

    def add_header(params: dict[str, Any], **_: object) -> None:
        header = f"Root=1-{request[:8]}-{request[8:]};Parent={request[:16]};Sampled=0"
        params["headers"]["X-Amzn-Trace-Id"] = header

    client.meta.events.register("before-call", add_header)
    yield client, request
    client.meta.events.unregister("before-call", add_header)


def rows_of(cloud: LocalCloud, request: str) -> list[BilledRow]:
    return [BilledRow._make(it) for it in cloud.get(f"{PATH}?requests={request}").json()]


def test_units_of_each_call_of_an_invocation_are_recorded(tables: LocalCloud) -> None:
    order = an_order()
    key = {"order_id": {"S": order.order_id}, "part": {"S": "note"}}
    with invocation(tables, "dynamodb") as (client, request):
        client.put_item(TableName=ORDERS, Item={**key, "text": {"S": "x" * 1_500}})
        client.get_item(TableName=ORDERS, Key=key, ConsistentRead=True)
        client.transact_write_items(TransactItems=[{"Delete": {"TableName": ORDERS, "Key": key}}])

    rows = rows_of(tables, request)

    assert [(it.operation, it.units) for it in rows] == [
        ("PutItem", 2),
        ("GetItem", 1),
        ("TransactWriteItems", 4),
    ]
    assert {it.row for it in rows} == {f"{order.order_id} note"}
    assert count_units(rows) == {"write_units": 6, "read_units": 1}


def test_failed_condition_is_billed_and_a_refused_call_is_not(tables: LocalCloud) -> None:
    item = {"order_id": {"S": ORDER_ID}, "part": {"S": "absent"}}
    with invocation(tables, "dynamodb") as (client, request):
        with pytest.raises(ClientError, match="ConditionalCheckFailed"):
            client.put_item(
                TableName=ORDERS, Item=item, ConditionExpression="attribute_exists(part)"
            )
        with pytest.raises(ClientError, match="ValidationException"):
            client.put_item(TableName=ORDERS, Item={"order_id": {"S": ORDER_ID}})

    assert [it.units for it in rows_of(tables, request)] == [1]


def test_calls_of_the_operator_are_not_recorded(tables: LocalCloud) -> None:
    tables.client("dynamodb").list_tables()

    assert rows_of(tables, "") == []


def test_requests_of_a_batch_are_shared_by_its_messages() -> None:
    records = [
        {
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:000000000000:email",
            "attributes": {"ApproximateReceiveCount": attempt},
            "body": json.dumps({"order_id": order_id}),
        }
        for order_id, attempt in ((ORDER_ID, "1"), ("01J" + "1" * 23, "2"))
    ]

    rows = [it for it in invocation_rows({"Records": records}) if it.row == ORDER_ID]

    assert count_units(rows) == {"function_requests": 0.5, "queue_requests": 2}


def a_row(at: int, row: str, unit: str = "write_units") -> BilledRow:
    return BilledRow("request", at, unit, "UpdateItem", ORDERS, row, 1)


def a_span(name: str, start: int, end: int) -> dict[str, Any]:
    return {"span_id": name, "start_time_unix_nano": start, "end_time_unix_nano": end}


@pytest.mark.parametrize(
    ("row", "span"),
    [
        (a_row(15, "MUG-BLUE"), "outer"),
        (a_row(25, "MUG-BLUE"), "inner"),
        (a_row(45, f"{ORDER_ID} event#0001"), "inner"),
        (a_row(45, "01J" + "1" * 23), None),
        (a_row(5, ORDER_ID, "queue_requests"), "outer"),
        (a_row(15, "01J" + "1" * 23, "topic_publishes"), None),
        (a_row(5, "", "function_requests"), "outer"),
        (a_row(25, "", "emails"), "inner"),
        (a_row(45, "", "emails"), None),
    ],
)
def test_a_call_belongs_to_the_innermost_open_span_or_to_the_one_before_it(
    row: BilledRow, span: str | None
) -> None:
    spans = [a_span("outer", 10, 40), a_span("inner", 20, 30)]

    found = find_span([*spans], row, ORDER_ID)

    assert (found and found["span_id"]) == span
