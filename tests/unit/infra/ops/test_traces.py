"""The spans of an order, read from CloudWatch Logs, and their tree."""

import json
from typing import Any

import boto3
from botocore.stub import Stubber

from app.observability.trace_context import root_span
from infra.ops.deployed_stack import DeployedStack
from infra.ops.trace_tree import trace_tree
from infra.ops.traces import read_spans, spans_in

ORDER = "01J00000000000000000000001"
ROOT = root_span(ORDER)


def a_span(span_id: str, parent: str, start: int) -> dict[str, Any]:
    return {
        "trace_id": ROOT.trace_id,
        "span_id": span_id,
        "parent_span_id": parent,
        "name": span_id,
        "start_time_unix_nano": start,
        "end_time_unix_nano": start + 5_000_000,
        "status": {"code": "OK"},
        "attributes": {},
    }


def a_line(span: object, order_id: str = ORDER) -> str:
    return json.dumps({"message": "span", "correlation_id": order_id, "span": span})


def test_spans_are_read_from_the_log_groups_of_all_functions_of_a_stack_on_aws() -> None:
    session = boto3.Session("test", "test", region_name="eu-central-1")
    logs, cloudformation = session.client("logs"), session.client("cloudformation")
    groups = {"WebLogGroup": "/aws/lambda/web", "ApiLogGroup": "/aws/apigateway/shop"}
    summaries = [
        {
            "LogicalResourceId": name,
            "PhysicalResourceId": group,
            "ResourceType": "AWS::Logs::LogGroup",
            "ResourceStatus": "CREATE_COMPLETE",
            "LastUpdatedTimestamp": "2031-11-23T12:00:00Z",
        }
        for name, group in groups.items()
    ]
    span = a_span("b000000000000000", ROOT.span_id, 2)
    pattern = f'{{ $.message = "span" && $.correlation_id = "{ORDER}" }}'
    with Stubber(logs) as stubbed_logs, Stubber(cloudformation) as stubbed:
        stubbed.add_response("list_stack_resources", {"StackResourceSummaries": summaries})
        stubbed_logs.add_response(
            "filter_log_events",
            {"events": [{"message": a_line(span)}], "nextToken": "more"},
            {"logGroupName": "/aws/lambda/web", "filterPattern": pattern},
        )
        stubbed_logs.add_response("filter_log_events", {"events": []})
        clients: dict[str, Any] = {"logs": logs, "cloudformation": cloudformation}
        stack = DeployedStack(clients.__getitem__, "shop")

        assert read_spans(stack, ORDER) == [span]


def test_lines_of_other_orders_and_other_lines_are_no_spans() -> None:
    lines = [
        a_line({}, "01J00000000000000000000002"),
        "START RequestId: 1",
        json.dumps({"message": "charge", "correlation_id": ORDER}),
        a_line("text"),
    ]

    assert list(spans_in(lines, ORDER)) == []


def test_tree_has_each_span_after_its_parent_and_siblings_by_their_start() -> None:
    spans = [
        a_span("c" * 16, "b" * 16, 9),
        a_span("d" * 16, ROOT.span_id, 4),
        a_span("b" * 16, ROOT.span_id, 3),
        a_span(ROOT.span_id, "", 1),
    ]

    nodes = [(node.span["span_id"][0], node.depth) for node in trace_tree(spans, ORDER)]

    assert nodes == [("a", 0), ("b", 1), ("c", 2), ("d", 1)]


def test_children_of_a_lost_span_and_of_a_lost_root_are_shown() -> None:
    spans = [a_span("c" * 16, "b" * 16, 9)]

    missing, child = trace_tree(spans, ORDER)

    assert missing.span["name"] == "(the request wrote no span)"
    assert (child.span["span_id"], child.depth, child.milliseconds) == ("c" * 16, 1, 5.0)
