"""The footer's switch "What happens behind this page": who drew it, and what that cost."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse

from app.persistence.query_stats import QueryStats, current_query_stats
from app.web.security.authorization import PUBLIC
from app.web.security.redirects import MAX_PATH_LENGTH, local_path
from app.web.security.sessions import read_cookie, set_cookie

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])
COOKIE, ON = "debug_panel", "on"


@dataclass(frozen=True)
class DebugPanel:
    """What a developer who shops would like to know of the page they look at."""

    function: str
    file: str
    template: str
    query_stats: QueryStats


@router.post("/debug-panel")
async def switch(
    request: Request,
    state: Annotated[Literal["on", "off"], Form(alias="debug_panel")],
    to: Annotated[str, Form(alias="next", max_length=MAX_PATH_LENGTH)] = "/",
) -> RedirectResponse:
    """Remember the choice, and go back to the page, where the panel is or was."""
    set_cookie(request, COOKIE, ON if state == ON else "", lifetime=timedelta(days=365))
    return RedirectResponse(f"{local_path(to)}#debug-panel", 303)


def wants_debug_panel(request: Request) -> bool:
    return read_cookie(request, COOKIE) == ON


def debug_panel(request: Request, template: str) -> DebugPanel | None:
    """None for those who did not ask; a page that no route drew comes from the errors' module."""
    if not wants_debug_panel(request):
        return None
    route = request.scope.get("endpoint")
    module = getattr(route, "__module__", "app.web.http.errors")
    return DebugPanel(
        function=getattr(route, "__name__", "problem"),
        file=f"{module.replace('.', '/')}.py",
        template=f"frontend/templates/{template}",
        query_stats=current_query_stats(),
    )


def current_url(request: Request) -> str:
    """This page's address with its query, as far as it is one that we would lead back to."""
    whole = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return whole if local_path(whole) == whole else local_path(request.url.path)
