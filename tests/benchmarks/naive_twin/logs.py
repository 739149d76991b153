"""The twin's structured log: each line with its whole context, and each input in full."""

import json
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

type Handler = Callable[[dict[str, Any], Any], Any]


def log(message: object, **facts: object) -> None:
    """Log with the standard keys of Powertools for AWS Lambda.

    https://docs.aws.amazon.com/powertools/python/latest/core/logger/#standard-structured-keys
    """
    line = {
        "level": "INFO",
        "location": "handler:42",
        "message": message,
        "timestamp": "2026-11-27 12:00:00,000+0000",
        "service": "naive-shop",
        "cold_start": False,
        "function_name": "naive-shop-function",
        "function_memory_size": "512",
        "function_arn": "arn:aws:lambda:us-east-1:123456789012:function:naive-shop-function",
        "function_request_id": "5f0c3fbd-92f1-4f0e-8b0d-0123456789ab",
        **facts,
        "xray_trace_id": "1-6746b2a1-0123456789abcdef01234567",
    }
    print(json.dumps(line, default=str), file=sys.stderr)  # noqa: T201


def log_input(handler: Handler) -> Handler:
    """Log the event, as ``inject_lambda_context(log_event=True)`` does."""

    @wraps(handler)
    def logging(event: dict[str, Any], context: Any) -> Any:
        log(event)
        return handler(event, context)

    return logging
