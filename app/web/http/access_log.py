"""The access log: one JSON line for each request, without personal data."""

import time
import traceback
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.observability.lambda_context import file_of
from app.observability.logs import log, log_error
from app.observability.spans import write_request_spans
from app.observability.trace_context import request_spans
from app.persistence.query_stats import start_query_stats
from app.web.http.request_id import log_request_id, request_id

PROJECT_ROOT = Path(__file__).parents[3]
FIELDS = "shop.log_fields"  # the key in the ASGI scope


class AccessLogMiddleware:
    """The outermost middleware: it logs method, route, status, duration and database calls.

    It logs the route's template and not the path, because a path can contain a secret.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        query_stats, status = start_query_stats(), 0
        log_request_id(scope)
        request_spans.set({})
        started_ns = time.time_ns()

        async def record_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, record_status)
        finally:
            _write_spans(scope, status, started_ns)
            write = log if status < 500 else log_error
            write(
                "request",
                method=scope["method"],
                route=getattr(scope.get("route"), "path", "none"),
                status=status,
                ms=round(query_stats.elapsed_ms, 1),
                round_trips=query_stats.round_trips,
                **scope.get(FIELDS, {}),
            )


def _write_spans(scope: Scope, status: int, started_ns: int) -> None:
    """Write the request's span in the trace of each order that it has changed."""
    if not request_spans.get():
        return
    endpoint = getattr(scope.get("route"), "endpoint", None)
    route = getattr(scope.get("route"), "path", "none")
    write_request_spans(
        f"{scope['method']} {route}",
        started_ns,
        status,
        **{
            "http.request.method": scope["method"],
            "http.route": route,
            "http.response.status_code": status,
            "request_id": request_id(),
            "code.file.path": file_of(getattr(endpoint, "__module__", "app.main")),
        },
    )


def add_log_fields(scope: Scope, **fields: str) -> None:
    """Add fields to the access log line of this request."""
    scope.setdefault(FIELDS, {}).update(fields)


def error_location(error: Exception) -> str:
    """File and line of the innermost frame of our code.

    The error's message is left out, because it may quote what a customer typed.
    """
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if Path(f.filename).is_relative_to(PROJECT_ROOT / "app")] or frames
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
