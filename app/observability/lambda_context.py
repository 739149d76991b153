"""The context of a Lambda invocation, in each log line: its request id, and the cold start."""

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any

from app.observability.logs import logger

handler_module: ContextVar[str] = ContextVar("handler_module", default="")


def inject_lambda_context[**P, R](handler: Callable[P, R]) -> Callable[P, R]:
    """Add the request id to the lines of each invocation, and ``cold_start`` to those of the first.

    Unlike Powertools' decorator of this name, it accepts a context without these attributes, and
    leaves out the function's name, ARN and memory size: the log group has the name.
    """
    is_cold_start = True

    @wraps(handler)
    def with_context(*args: P.args, **kwargs: P.kwargs) -> R:
        nonlocal is_cold_start
        context: Any = args[1]
        logger.append_keys(
            cold_start=is_cold_start or None,  # a key without value is not written
            function_request_id=getattr(context, "aws_request_id", None),
        )
        is_cold_start = False
        token = handler_module.set(handler.__module__)
        try:
            return handler(*args, **kwargs)
        finally:
            handler_module.reset(token)

    return with_context


def file_of(module: str) -> str:
    """The path of a module in the repository: ``workers.email`` is ``workers/email.py``."""
    return f"{module.replace('.', '/')}.py"


def handler_file() -> str:
    """The file of the handler that runs; empty outside of an invocation."""
    return file_of(handler_module.get()) if handler_module.get() else ""
