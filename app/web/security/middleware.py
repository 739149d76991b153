"""The security middleware: origin secret, CSRF, request limits, headers and error handler."""

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.persistence.dynamodb import is_unavailable
from app.settings import settings
from app.web.http.access_log import add_log_fields, error_location
from app.web.http.errors import render_crash, render_problem, render_unavailable
from app.web.security.cookies import pending_cookies
from app.web.security.csrf import require_same_origin
from app.web.security.errors import RequestRejected
from app.web.security.headers import security_headers
from app.web.security.origin import BypassedCloudFront, require_cloudfront
from app.web.security.request_limits import read_limited_body


class SecurityMiddleware:
    """Pure ASGI: Starlette's ``BaseHTTPMiddleware`` costs more time than most of our routes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, sender = Request(scope, receive), ResponseSender(scope, send)
        try:
            require_cloudfront(request)
            require_same_origin(request)
            receive = await read_limited_body(request)
        except RequestRejected as rejected:
            add_log_fields(scope, refused="SecurityMiddleware")
            response = _render_rejection(request, rejected)
            await response(scope, receive, sender.send)
            return
        try:
            await self.app(scope, receive, sender.send)
        except Exception as error:  # the outermost handler: no client ever sees a stack trace
            add_log_fields(scope, error=type(error).__name__, at=error_location(error))
            if not sender.has_started:
                render = render_unavailable if is_unavailable(error) else render_crash
                await render(request)(scope, receive, sender.send)


def _render_rejection(request: Request, rejected: RequestRejected) -> Response:
    """A page or a problem; plain text for a caller who uses the API's own address."""
    if isinstance(rejected, BypassedCloudFront):
        return PlainTextResponse(rejected.message, rejected.status)
    return render_problem(request, rejected.status, rejected.message)


class ResponseSender:
    """Adds the security headers and pending cookies to a response as it starts."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.has_started = False
        self._request, self._send = Request(scope), send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_started = True
            headers = MutableHeaders(scope=message)
            for name, value in security_headers(settings()).items():
                headers.setdefault(name, value)
            for cookie in pending_cookies(self._request.state):
                headers.append("Set-Cookie", cookie)
        await self._send(message)
