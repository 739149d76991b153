"""Render pages of the console, with security headers, for requests from this machine only."""

from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from httpx import HTTPError
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from infra.local.prices import price_list

HERE = Path(__file__).parent
# A page says by ``pane`` which one it belongs to.
PANES = (
    ("/console/tour", "Tour"),
    ("/console/map", "Map"),
    ("/console/orders", "Orders"),
    ("/console/workflow", "Workflow"),
    ("/console/logs", "Logs"),
    ("/console", "Emails"),
    ("/console/queues", "Queues"),
    ("/console/faults", "Faults"),
    ("/console/dead-letters", "Dead-letter queues"),
)
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    # Without a referrer, a browser would send `Origin: null` with the console's own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; font-src 'self'; "
    "script-src 'self'; connect-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
}

# Against DNS rebinding: a site whose own name resolves to this machine could read the emails, and
# the sign-in links in them.
TRUSTED_HOST = Middleware(
    TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1"], www_redirect=False
)

templates = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
)
templates.globals["price_list"] = price_list
templates.globals["panes"] = PANES


NOT_READY = "The shop is still starting: try again in a moment."


class ShopNotReady(Exception):
    """The stack has no such resource yet."""


class ConsoleGuard:
    """Refuses forms of other sites, and says that a cloud without the shop is not ready."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        if request.method not in {"GET", "HEAD"} and is_cross_site(request):
            refusal = error_page("Requests from other sites are not allowed.", 403)
            await refusal(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        except (BotoCoreError, ClientError, HTTPError, ShopNotReady):
            await error_page(NOT_READY, 503)(scope, receive, send)


def local_route(path: str, endpoint: Any, **options: Any) -> Route:
    """A route that answers only requests to ``localhost``, and no forms of other sites."""
    return Route(path, endpoint, middleware=[TRUSTED_HOST, Middleware(ConsoleGuard)], **options)


def render_page(template: str, status: int = 200, **context: object) -> Response:
    """``message`` in the context is shown as the page's status message."""
    html = templates.get_template(template).render(**{"message": "", **context})
    return HTMLResponse(html, status, SECURITY_HEADERS)


def error_page(message: str = "", status: int = 404) -> Response:
    return render_page("error.html", status, message=message)


def redirect_to(path: str) -> Response:
    """After a form was processed (Post/Redirect/Get): a reload must not submit it again."""
    return RedirectResponse(path, 303, SECURITY_HEADERS)


def is_cross_site(request: Request) -> bool:
    """CSRF protection: whether another site caused this request.

    Fetch Metadata says it; browsers without Fetch Metadata send an Origin with every form.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    own_origin = f"http://{request.headers.get('host', '')}"
    return request.headers.get("origin", own_origin) != own_origin
