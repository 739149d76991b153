"""The log lines and the spans of an order, read from the functions' logs."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from infra.local.function_logs import PREFIX, LogLine
from infra.ops.deployed_stack import DeployedStack

MAX_LINES = 2000  # of one order in one function's log


def read_spans(stack: DeployedStack, order_id: str) -> list[dict[str, Any]]:
    """The spans of an order in the logs of all functions, in no order.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    """
    pattern = f'{{ $.message = "span" && $.correlation_id = "{order_id}" }}'
    return list(spans_in([line.message for line in _filter(stack, pattern)], order_id))


def read_lines(stack: DeployedStack, order_id: str, since: datetime) -> list[LogLine]:
    """All lines that contain the order's id, oldest first, at most ``MAX_LINES`` of each function.

    The pattern is a phrase, because the local cloud does not evaluate patterns of JSON fields.
    """
    window = {"startTime": int(since.timestamp() * 1000), "limit": MAX_LINES}
    return sorted(_filter(stack, f'"{order_id}"', **window))


def spans_in(lines: list[str], order_id: str) -> Iterator[dict[str, Any]]:
    """The spans of an order among these log lines; the local cloud does not filter them."""
    for line in lines:
        if f'"{order_id}"' in line and '"span"' in line:
            read = json.loads(line)
            if read.get("correlation_id") == order_id and isinstance(read.get("span"), dict):
                yield read["span"]


def _filter(stack: DeployedStack, pattern: str, **window: int) -> Iterator[LogLine]:
    logs = stack.client("logs")
    paginator = logs.get_paginator("filter_log_events")
    for logical_id, name in stack.resources("AWS::Logs::LogGroup").items():
        if not name.startswith(PREFIX):
            continue
        request = {"logGroupName": name, "filterPattern": pattern, **window}
        try:
            for page in paginator.paginate(**request):
                for event in page["events"]:
                    yield _line(logical_id.removesuffix("LogGroup"), event)
        except logs.exceptions.ResourceNotFoundException:
            continue  # a function that was never invoked has no log group on the local cloud


def _line(function: str, event: dict[str, Any]) -> LogLine:
    at = datetime.fromtimestamp(event.get("timestamp", 0) / 1000, UTC)
    return LogLine(at, function, event["message"].rstrip())
