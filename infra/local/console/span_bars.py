"""The rows of the waterfall for the spans of functions."""

from collections import defaultdict
from datetime import UTC, datetime

from infra.local.console.billed_units import Rows
from infra.local.console.log_records import Record, pretty
from infra.local.console.sources import find_source
from infra.local.console.span_units import short_units
from infra.local.console.waterfall import Bar
from infra.ops.trace_tree import SpanNode


def span_bars(
    nodes: list[SpanNode], records: list[Record], payloads: dict[str, str], billed: Rows
) -> list[Bar]:
    """``payloads`` are the bodies of events by event id, ``billed`` the calls by span id."""
    logs: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if "span" not in record:
            logs[str(record.get("span_id", ""))].append(record)
    bars = [_span_bar(node, logs, payloads) for node in nodes if node.span["end_time_unix_nano"]]
    for bar in bars:
        bar.billed = billed.get(bar.anchor.removeprefix("span-"), [])
        bar.units = short_units(bar.billed)
    return bars


def _span_bar(node: SpanNode, logs: dict[str, list[Record]], payloads: dict[str, str]) -> Bar:
    span, attributes = node.span, node.span["attributes"]
    body = payloads.get(str(attributes.get("event_id")))
    return Bar(
        anchor=f"span-{span['span_id']}",
        label=span["name"],
        kind=span["kind"].lower(),
        started=datetime.fromtimestamp(span["start_time_unix_nano"] / 1e9, UTC),
        milliseconds=node.milliseconds,
        depth=min(node.depth, 6),
        error=span.get("status", {}).get("message", ""),
        attempt=int(attributes.get("attempt") or 1),
        source=find_source(attributes.get("code.file.path", "")),
        payloads={"Event": pretty(body)} if body else {},
        fields={name: value for name, value in attributes.items() if name != "code.file.path"},
        logs=logs.get(span["span_id"], []),
    )
