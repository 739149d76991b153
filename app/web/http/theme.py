"""The colour theme: light, dark or the system's, as the visitor chose it in the footer."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.web.security.authorization import PUBLIC
from app.web.security.cookies import read_cookie, set_cookie
from app.web.security.redirects import MAX_PATH_LENGTH, local_path

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])
COOKIE = "theme"
COOKIE_LIFETIME = timedelta(days=365)
THEMES = ("light", "dark")


@router.post("/theme")
async def set_theme(
    request: Request,
    theme: Annotated[Literal["system", "light", "dark"], Form()],
    to: Annotated[str, Form(alias="next", max_length=MAX_PATH_LENGTH)] = "/",
) -> RedirectResponse:
    """Store the choice in a cookie for a year; ``system`` deletes the cookie."""
    set_cookie(request, COOKIE, "" if theme == "system" else theme, lifetime=COOKIE_LIFETIME)
    return RedirectResponse(local_path(to), 303)


@router.get("/theme.css")
async def show_theme_style(request: Request) -> Response:
    """The chosen theme of a page that sees no cookies, for a browser without JavaScript."""
    theme = chosen_theme(request)
    style = f"@media screen {{ :root {{ color-scheme: {theme}; }} }}" if theme else ""
    return Response(style, media_type="text/css")


def chosen_theme(request: Request) -> str:
    """``light`` or ``dark``, or empty: then the page follows the system's setting."""
    theme = read_cookie(request, COOKIE)
    return theme if theme in THEMES else ""
