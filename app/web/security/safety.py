"""What guards every request and every answer: forged forms, oversized bodies, security headers."""

import json
from functools import cache
from urllib.parse import parse_qsl, unquote_to_bytes

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.i18n.messages import lazy_gettext
from app.persistence.dynamodb import is_unavailable
from app.settings import Settings, settings
from app.web.http.access_log import error_location, add_log_fields
from app.web.http.errors import render_unavailable, render_crash, render_problem
from app.web.security.sessions import cookies_to_set, is_https

MAX_BODY_BYTES = 256 * 1024  # pictures do not come this way: browsers send them to S3
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})  # by which nothing changes
MULTI_VALUE_PARAMS = frozenset({"colour"})  # boxes of which several may be ticked
FORM_TYPE = "application/x-www-form-urlencoded"
FORM_TYPES = frozenset({FORM_TYPE, "multipart/form-data"})


class RequestRejected(Exception):
    """A request that reaches no route."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class SecurityMiddleware:
    """Pure ASGI, since Starlette's own middleware class costs more than most of our routes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, answering = Request(scope, receive), ResponseSender(scope, send)
        try:
            check_origin(request)
            check_query_string(request)
            receive = await read_limited_body(request)
        except RequestRejected as refused:
            add_log_fields(scope, refused="Guard")
            answer = render_problem(request, refused.status, refused.message)
            await answer(scope, receive, answering.send)
            return
        try:
            await self.app(scope, receive, answering.send)
        except Exception as error:  # the last stop: nobody sees a stack trace
            add_log_fields(scope, error=type(error).__name__, at=error_location(error))
            if not answering.begun:
                answer = render_unavailable(request) if is_unavailable(error) else render_crash(request)
                await answer(scope, receive, answering.send)


def check_origin(request: Request) -> None:
    """Refuse a state change that another site asked for: Fetch Metadata, then Origin.

    Programs send neither header and carry no cookie that could be abused. ``/api`` has no cookies.
    """
    if request.method in SAFE_METHODS or is_api_request(request):
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        ours = site in ("same-origin", "none")
    else:
        ours = origin is None or origin == settings().base_url
    if not ours:
        raise RequestRejected(403, lazy_gettext("This form was sent from another site, so we did nothing."))


def check_query_string(request: Request) -> None:
    """A parameter has one value here; two of a name are an attempt to confuse somebody."""
    try:
        pairs = parse_qsl(request.url.query, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        raise RequestRejected(400, lazy_gettext("There is too much in this address.")) from None
    names = [name for name, _ in pairs if name not in MULTI_VALUE_PARAMS]
    if len(names) != len(set(names)):
        raise RequestRejected(400, lazy_gettext("Something stands in this address twice."))


async def read_limited_body(request: Request) -> Receive:
    """Read the body, within bounds and as text, and hand it on in one piece."""
    if int(_digits(request.headers.get("content-length"))) > MAX_BODY_BYTES:
        raise RequestRejected(413, lazy_gettext("That is more than we can take in one go."))
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise RequestRejected(413, lazy_gettext("That is more than we can take in one go."))
    if body:
        _check_type(request, body)
    return _once(body, request.receive)


def _check_type(request: Request, body: bytes) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ({"application/json"} if is_api_request(request) else FORM_TYPES):
        raise RequestRejected(415, lazy_gettext("We cannot read this kind of content."))
    if kind in (FORM_TYPE, "application/json"):
        try:
            (unquote_to_bytes(body) if kind == FORM_TYPE else body).decode()
        except UnicodeDecodeError:
            raise RequestRejected(400, lazy_gettext("This text is not in UTF-8.")) from None
    if kind == "application/json":
        _check_json(body)


def _check_json(body: bytes) -> None:
    """Two of a name, NaN and endless nesting: each is read differently by different programs."""
    try:
        json.loads(body, object_pairs_hook=_each_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise RequestRejected(400, lazy_gettext("This is not JSON that everybody reads alike.")) from None


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(pairs) != len({name for name, _ in pairs}):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _no_number(name: str) -> None:
    raise ValueError(name)


def _once(body: bytes, rest: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else await rest()

    return receive


def _digits(text: str | None) -> str:
    return text if text and text.isascii() and text.isdigit() else "0"


def is_api_request(request: Request) -> bool:
    return request.url.path.startswith("/api/")


class ResponseSender:
    """Adds to an answer what every answer has, and knows whether it has begun."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.begun = False
        self._request, self._send = Request(scope), send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in security_headers(settings()).items():
                headers.setdefault(name, value)
            for cookie in cookies_to_set(self._request.state):
                headers.append("Set-Cookie", cookie)
        await self._send(message)


@cache
def security_headers(told: Settings) -> dict[str, str]:
    """Nothing is kept by browsers or caches unless a route says so."""
    upload = told.upload_origin
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "font-src": "'self'",
        "img-src": "'self'",
        "connect-src": f"'self' {upload}".strip(),
        "form-action": f"'self' {upload}".strip(),
        "base-uri": "'none'",
        "object-src": "'none'",
        "frame-ancestors": "'none'",
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{k} {v}" for k, v in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "Cache-Control": "no-store",
    }
    if is_https():
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers
