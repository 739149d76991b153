"""The debug panel: developer details at the foot of a page, if the visitor switched them on."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse

from app.persistence.query_stats import QueryStats, current_query_stats
from app.web.http.language_prefix import localize
from app.web.security.authorization import PUBLIC
from app.web.security.cookies import read_cookie, set_cookie
from app.web.security.redirects import MAX_PATH_LENGTH, local_path

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])
COOKIE, ON = "debug_panel", "on"
SHARED_PAGE = "shop.shared_page"  # the key in the ASGI scope
COOKIE_LIFETIME = timedelta(days=365)


@dataclass(frozen=True)
class DebugPanel:
    """Which function and template rendered the page, and the database calls it took."""

    function: str
    file: str
    template: str
    query_stats: QueryStats


@router.post("/debug-panel")
async def switch_debug_panel(
    request: Request,
    state: Annotated[Literal["on", "off"], Form(alias="debug_panel")],
    to: Annotated[str, Form(alias="next", max_length=MAX_PATH_LENGTH)] = "/",
) -> RedirectResponse:
    """Store the choice and return to the panel. A shared page sees the parameter only."""
    set_cookie(request, COOKIE, ON if state == ON else "", lifetime=COOKIE_LIFETIME)
    url = local_path(to)
    url += f"{'&' if '?' in url else '?'}{COOKIE}={ON}" if state == ON else ""
    return RedirectResponse(f"{url}#debug-panel", 303)


def wants_debug_panel(request: Request) -> bool:
    """By the cookie; a shared page sees none, and its script adds a parameter to the URL."""
    params = request.query_params
    return (params.get(COOKIE) if is_shared_page(request) else read_cookie(request, COOKIE)) == ON


def is_shared_page(request: Request) -> bool:
    """Whether the page is the same for every visitor: see ``SharedPageRoute``."""
    return bool(request.scope.get(SHARED_PAGE))


def debug_panel(request: Request, template: str) -> DebugPanel | None:
    """The panel of this page, or None if it is off. An error page has no route."""
    if not wants_debug_panel(request):
        return None
    route = request.scope.get("endpoint")
    module = getattr(route, "__module__", "app.web.http.errors")
    return DebugPanel(
        function=getattr(route, "__name__", "render_problem"),
        file=f"{module.replace('.', '/')}.py",
        template=f"frontend/templates/{template}",
        query_stats=current_query_stats(),
    )


def current_url(request: Request) -> str:
    """Path and query of this page, or the path alone if the query is no safe redirect target."""
    path = localize(request, request.url.path)
    pairs = [it for it in request.url.query.split("&") if it and it != f"{COOKIE}={ON}"]
    url = f"{path}?{'&'.join(pairs)}" if pairs else path
    return url if local_path(url) == url else local_path(path)
