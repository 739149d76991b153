"""Draw a page of the console, and refuse what another site sends to it, or asks it."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

HERE = Path(__file__).parent
SAFE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; font-src 'self'; "
    "script-src 'self'; connect-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
}

# A site that lets its own name lead here would read the letters, and the keys to the desk in them.
AT_HOME = Middleware(
    TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1"], www_redirect=False
)

templates = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
)


def at_home(path: str, endpoint: Any, **how: Any) -> Route:
    """A route that answers only to this machine's own names."""
    return Route(path, endpoint, middleware=[AT_HOME], **how)


def page(template: str, status: int = 200, **shown: object) -> Response:
    html = templates.get_template(template).render(**{"said": "", **shown})
    return HTMLResponse(html, status, SAFE)


def missing(said: str = "", status: int = 404) -> Response:
    return page("missing.html", status, said=said)


def back_to(path: str) -> Response:
    """After a form: the page again, so that reloading it sends nothing twice."""
    return RedirectResponse(path, 303, SAFE)


def from_elsewhere(request: Request) -> bool:
    """Another site must not act here by a form of its own."""
    return request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}
