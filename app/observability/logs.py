"""Structured logs by Powertools: JSON lines with the order id as correlation id, no personal data.

https://docs.aws.amazon.com/powertools/python/latest/core/logger/
"""

import json
import logging
import sys
from collections.abc import Mapping
from typing import TextIO

from aws_lambda_powertools.logging import Logger

from app.observability.trace_context import SpanContext, current_span

SERVICE = "hearth-and-clay"
OF_SPANS = ("location", "timestamp")  # the same for each span, and its end

type Field = str | float | bool | None


class _StderrHandler(logging.StreamHandler[TextIO]):
    """Looks up ``sys.stderr`` for each line, because tests and the simulator replace it."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        record.taskName = None  # the event loop's name of a request, the same in each line
        super().emit(record)


def _serialize(line: dict[str, object]) -> str:
    """CloudWatch bills each byte. All that is not ASCII is escaped: no field can begin a line."""
    omitted = OF_SPANS if "span" in line else ()
    kept = {name: value for name, value in line.items() if name not in omitted}
    return json.dumps(kept, separators=(",", ":"))


logger = Logger(
    service=SERVICE,
    logger_handler=_StderrHandler(),
    json_serializer=_serialize,
    json_deserializer=str,  # a message is text, also if it looks like JSON
    utc=True,
    use_rfc3339=True,
)
logger.append_keys(service=None)  # the log group names the stack and the function


def log(message: str, **fields: Field) -> None:
    """Write one line. Fields are ids, counts, codes and durations, never data about a person."""
    logger.info(message, extra=_with_correlation_id(fields), stacklevel=3)


def log_error(message: str, **fields: Field) -> None:
    """Write a line with the level ERROR: work failed, and an alarm or a retry follows."""
    logger.error(message, extra=_with_correlation_id(fields), stacklevel=3)


def log_span(context: SpanContext, span: Mapping[str, object]) -> None:
    """Write a line with a span of an order's trace, which ``shop trace`` reads."""
    logger.info("span", extra={"correlation_id": context.order_id, "span": span})


def _with_correlation_id(fields: dict[str, Field]) -> dict[str, Field]:
    """Add the order's id as correlation id, and the span that the line belongs to."""
    span = current_span.get()
    order_id = fields.get("order_id", span and span.order_id)
    ids = {"correlation_id": order_id} if order_id else {}
    if span and span.order_id == order_id:
        ids |= {"trace_id": span.trace_id, "span_id": span.span_id}
    return {**ids, **fields}
