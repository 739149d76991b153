"""Draw a page of the console, and refuse what another site sends to it."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

HERE = Path(__file__).parent
SAFE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; font-src 'self'; "
    "script-src 'self'; connect-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
}

templates = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
)


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
