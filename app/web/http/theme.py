"""Day or evening: the visitor's choice, kept in a cookie."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse

from app.web.security.authorization import FOR_ANYONE
from app.web.security.redirects import own_path
from app.web.security.sessions import set_cookie

router = APIRouter(include_in_schema=False, dependencies=[FOR_ANYONE])
A_YEAR = timedelta(days=365)


@router.post("/look")
async def choose(
    request: Request,
    look: Annotated[Literal["auto", "light", "dark"], Form()],
    to: Annotated[str, Form(alias="next", max_length=300)] = "/",
) -> RedirectResponse:
    set_cookie(request, "look", "" if look == "auto" else look, lasts=A_YEAR)
    return RedirectResponse(own_path(to), 303)
