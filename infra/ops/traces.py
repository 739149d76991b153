"""The spans of an order, read from the functions' logs."""

import json
from collections.abc import Iterator
from typing import Any

from infra.ops.deployed_stack import DeployedStack

PREFIX = "/aws/lambda/"


def read_spans(stack: DeployedStack, order_id: str) -> list[dict[str, Any]]:
    """The spans of an order in the logs of all functions, in no order.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    """
    pages = stack.client("logs").get_paginator("filter_log_events")
    pattern = f'{{ $.message = "span" && $.correlation_id = "{order_id}" }}'
    messages: list[str] = []
    for name in stack.resources("AWS::Logs::LogGroup").values():
        if name.startswith(PREFIX):
            for page in pages.paginate(logGroupName=name, filterPattern=pattern):
                messages += [event["message"] for event in page["events"]]
    return list(spans_in(messages, order_id))


def spans_in(lines: list[str], order_id: str) -> Iterator[dict[str, Any]]:
    """The spans of an order among these log lines; the local cloud does not filter them."""
    for line in lines:
        if f'"{order_id}"' in line and '"span"' in line:
            read = json.loads(line)
            if read.get("correlation_id") == order_id and isinstance(read.get("span"), dict):
                yield read["span"]
