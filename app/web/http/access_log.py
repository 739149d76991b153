"""One line for each request: what was asked for, how it ended, how long it took; never by whom."""

import traceback
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.observability.logs import log
from app.persistence.query_stats import start_query_stats

PROJECT_ROOT = Path(__file__).parents[3]


class AccessLogMiddleware:
    """The outermost layer. The route's template is logged, not the path: ids may be secrets."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        tally, status = start_query_stats(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            log(
                "request",
                method=scope["method"],
                route=getattr(scope.get("route"), "path", "none"),
                status=status,
                ms=round(tally.elapsed_ms, 1),
                round_trips=len(tally.calls),
                **scope.get("shop.remarks", {}),
            )


def add_log_fields(scope: Scope, **facts: str) -> None:
    """Add a fact to the line of this request."""
    scope.setdefault("shop.remarks", {}).update(facts)


def error_location(error: Exception) -> str:
    """Where it broke, without its message, which may quote what a person typed."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if Path(f.filename).is_relative_to(PROJECT_ROOT / "app")] or frames
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
