"""The trace of an order: its id is derived from the order id, so every function knows it.

W3C Trace Context carries the position in the trace from one function to the next:
https://www.w3.org/TR/trace-context/#traceparent-header
"""

import re
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import sha256

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


@dataclass(frozen=True)
class SpanContext:
    """A span's place in the trace of an order."""

    order_id: str
    trace_id: str
    span_id: str

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-01"


current_span: ContextVar[SpanContext | None] = ContextVar("current_span", default=None)
# The span of a web request in each order that the request changes, by order id.
request_spans: ContextVar[dict[str, SpanContext] | None] = ContextVar("request_spans", default=None)


def root_span(order_id: str) -> SpanContext:
    """The request that placed the order. Always the same ids, so a repeat writes the same event."""
    digits = sha256(b"trace of " + order_id.encode()).hexdigest()
    return SpanContext(order_id, digits[:32], f"a{digits[33:48]}")


def read_traceparent(text: object, order_id: str) -> SpanContext:
    """The span that a message names as its parent; the order's root if it names none.

    A malformed value, or one of another trace, is ignored: anyone may have written it.
    """
    root = root_span(order_id)
    match = _TRACEPARENT.fullmatch(text) if isinstance(text, str) else None
    if match is None or match[1] != root.trace_id:
        return root
    return SpanContext(order_id, root.trace_id, match[2])


def parent_of(order_id: str) -> SpanContext:
    """The present span in the order's trace: of a worker, or of a web request, or the root."""
    current = current_span.get()
    if current is not None and current.order_id == order_id:
        return current
    return (request_spans.get() or {}).get(order_id, root_span(order_id))
