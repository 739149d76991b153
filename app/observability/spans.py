"""Spans as structured log lines, in the data model of OpenTelemetry: no exporter, no call, no wait.

https://opentelemetry.io/docs/specs/otel/trace/api/#span
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

from app.observability.ids import new_span_id
from app.observability.lambda_context import handler_file
from app.observability.logs import Field, log_span
from app.observability.trace_context import (
    SpanContext,
    current_span,
    parent_of,
    read_traceparent,
    request_spans,
    root_span,
)

type Kind = Literal["INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]


@dataclass(frozen=True)
class _Started:
    name: str
    kind: Kind
    context: SpanContext
    parent_span_id: str
    nanoseconds: int


@contextmanager
def span(
    order_id: str, name: str, *, kind: Kind = "INTERNAL", parent: object = None, **attributes: Field
) -> Iterator[SpanContext]:
    """Record what the block does in the order's trace. ``parent`` is a traceparent.

    Attributes are ids, counts and codes, never data about a person; of an error, its class. A
    function that is killed writes no span.
    """
    above = parent_of(order_id) if parent is None else read_traceparent(parent, order_id)
    context = replace(above, span_id=new_span_id())
    started = _Started(name, kind, context, above.span_id, time.time_ns())
    token = current_span.set(context)
    try:
        yield context
    except Exception as error:
        _write(started, type(error).__name__, {"code.file.path": handler_file(), **attributes})
        raise
    else:
        _write(started, "", {"code.file.path": handler_file(), **attributes})
    finally:
        current_span.reset(token)


def enter_order(order_id: str) -> SpanContext:
    """The present span in the order's trace. A web request gets one when it changes the order."""
    spans = request_spans.get()
    if spans is not None and current_span.get() is None:
        spans.setdefault(order_id, replace(root_span(order_id), span_id=new_span_id()))
    return parent_of(order_id)


def begin_order(order_id: str) -> None:
    """Make the current web request, which has placed the order, the root of the order's trace."""
    spans = request_spans.get()
    if spans is not None:
        spans[order_id] = root_span(order_id)


def write_request_spans(name: str, started_ns: int, status: int, **attributes: Field) -> None:
    """Write the span of a web request in the trace of each order that it has changed."""
    for order_id, context in (request_spans.get() or {}).items():
        root = root_span(order_id)
        parent = "" if context == root else root.span_id
        error = f"HTTP {status}" if status >= 400 else ""
        _write(_Started(name, "SERVER", context, parent, started_ns), error, attributes)


def _write(started: _Started, error: str, attributes: dict[str, Field]) -> None:
    log_span(
        started.context,
        {
            "trace_id": started.context.trace_id,
            "span_id": started.context.span_id,
            "parent_span_id": started.parent_span_id,
            "name": started.name,
            "kind": started.kind,
            "start_time_unix_nano": started.nanoseconds,
            "end_time_unix_nano": time.time_ns(),
            **({"status": {"code": "ERROR", "message": error}} if error else {}),
            "attributes": attributes,
        },
    )
