"""Refuse requests to the local proxy that no browser sends to its shop."""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from infra.local.allow_list import find_target_refusal


class ProxyGuardMiddleware:
    """Refuses other hosts, whole URLs, dot segments and NUL characters.

    Foreign origins are left to the application, whose CSRF protection is the same on AWS.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = find_target_refusal(scope["raw_path"], scope["headers"])
        if refusal is None:
            await self._app(scope, receive, send)
            return
        response = PlainTextResponse(refusal.reason, refusal.status)
        await response(scope, receive, send)
