"""The footer's switch "What happens behind this page": who drew it, and what that cost."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse

from app.persistence.query_stats import Tally, current_tally
from app.web.security.authorization import FOR_ANYONE
from app.web.security.redirects import LONGEST, own_path
from app.web.security.sessions import chosen, set_cookie

router = APIRouter(include_in_schema=False, dependencies=[FOR_ANYONE])
COOKIE, ON = "behind", "on"


@dataclass(frozen=True)
class Behind:
    """What a developer who shops would like to know of the page they look at."""

    function: str
    file: str
    template: str
    tally: Tally


@router.post("/behind")
async def switch(
    request: Request,
    behind: Annotated[Literal["on", "off"], Form()],
    to: Annotated[str, Form(alias="next", max_length=LONGEST)] = "/",
) -> RedirectResponse:
    """Remember the choice, and go back to the page, where the panel is or was."""
    set_cookie(request, COOKIE, ON if behind == ON else "", lasts=timedelta(days=365))
    return RedirectResponse(f"{own_path(to)}#behind", 303)


def wants_behind(request: Request) -> bool:
    return chosen(request, COOKIE) == ON


def behind(request: Request, template: str) -> Behind | None:
    """None for those who did not ask; a page that no route drew comes from the errors' module."""
    if not wants_behind(request):
        return None
    route = request.scope.get("endpoint")
    module = getattr(route, "__module__", "app.web.http.errors")
    return Behind(
        function=getattr(route, "__name__", "problem"),
        file=f"{module.replace('.', '/')}.py",
        template=f"frontend/templates/{template}",
        tally=current_tally(),
    )


def here(request: Request) -> str:
    """This page's address with its query, as far as it is one that we would lead back to."""
    whole = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return whole if own_path(whole) == whole else own_path(request.url.path)
