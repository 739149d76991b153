"""The trace of an order as a tree of spans."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.observability.trace_context import root_span


@dataclass(frozen=True)
class SpanNode:
    """A span of OpenTelemetry's data model, and how deep it is in the tree."""

    span: dict[str, Any]
    depth: int = 0

    @property
    def milliseconds(self) -> float:
        return float(self.span["end_time_unix_nano"] - self.span["start_time_unix_nano"]) / 1e6


def trace_tree(spans: list[dict[str, Any]], order_id: str) -> Iterator[SpanNode]:
    """Each span before its children, siblings by their start.

    A function that is killed writes no span, so the children of a missing one are children of the
    root.
    """
    root = root_span(order_id)
    known = {span["span_id"] for span in spans}
    children: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for span in sorted(spans, key=lambda it: it["start_time_unix_nano"]):
        parent = span["parent_span_id"]
        children[parent if parent in known or not parent else root.span_id].append(span)
    top = children[""] or [{**_MISSING_ROOT, "span_id": root.span_id}]
    yield from _below(top, children, 0)


_MISSING_ROOT = {
    "name": "(the request wrote no span)",
    "start_time_unix_nano": 0,
    "end_time_unix_nano": 0,
    "attributes": {},
}


def _below(
    spans: list[dict[str, Any]], children: dict[str, list[dict[str, Any]]], depth: int
) -> Iterator[SpanNode]:
    for span in spans:
        yield SpanNode(span, depth)
        yield from _below(children[span["span_id"]], children, depth + 1)
