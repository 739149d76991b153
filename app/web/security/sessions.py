"""The visitor's cookie: who is here, known by a random token and by nothing else."""

import re
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import Headers, State

from app.cart.visitor import Visit, visit_of
from app.customers.models import hashed, new_token
from app.errors import NotFound
from app.i18n.messages import said
from app.settings import settings
from app.web.http.request_time import Now
from app.web.security.authorization import Who, admits

VISITOR = "visitor"
KEPT_FOR = timedelta(days=30)
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class SignInNeeded(Exception):
    """This page is for people we know; they may come back to it afterwards."""


def secure() -> bool:
    return settings().base_url.startswith("https://")


def ours(name: str) -> str:
    """Browsers accept a ``__Host-`` cookie only from us, over HTTPS: no neighbour can plant one."""
    return f"__Host-{name}" if secure() else name


def chosen(request: Request, name: str) -> str:
    """What this visitor once chose, as a cookie of ours tells; empty when nothing."""
    return cookie_value(request.headers, ours(name))


def cookie_value(headers: Headers, name: str) -> str:
    """The one cookie of this name; a repeated one is as good as none."""
    pairs = (part.strip() for line in headers.getlist("cookie") for part in line.split(";"))
    values = [value for key, _, value in (p.partition("=") for p in pairs) if key == name]
    return values[0] if len(values) == 1 else ""


def set_cookie(
    request: Request, name: str, value: str, *, path: str = "/", lasts: timedelta = KEPT_FOR
) -> None:
    """Let the answer to this request, whichever it is, set a cookie; an empty value ends it.

    One for a single path cannot have the prefix of ours, and brings its own name.
    """
    seconds = int(lasts.total_seconds()) if value else 0
    parts = [
        f"{ours(name) if path == '/' else name}={value}",
        f"Max-Age={seconds}",
        f"Path={path}",
        "HttpOnly",
        "SameSite=Lax",
    ]
    if secure():
        parts.append("Secure")
    cookies_to_set(request.state).append("; ".join(parts))


def cookies_to_set(state: State) -> list[str]:
    if not hasattr(state, "cookies"):
        state.cookies = []
    cookies: list[str] = state.cookies
    return cookies


def remember(request: Request, token: str) -> None:
    """From now on this browser is the visitor of this token."""
    set_cookie(request, VISITOR, token)


def forget(request: Request) -> None:
    set_cookie(request, VISITOR, "")


def _token(request: Request) -> str:
    value = chosen(request, VISITOR)
    return value if TOKEN.fullmatch(value) else ""


def _current_visit(request: Request, now: Now) -> Visit:
    """One Query; none for a visitor without a cookie. A cookie that is not ours is none."""
    token, visit = _token(request), Visit()
    if token:
        by_itself = request.method == "GET" and request.headers.get("HX-Request-Type") == "partial"
        visit = visit_of(hashed(token), now=now, by_itself=by_itself)
    request.state.visit = visit
    return visit


CurrentVisit = Annotated[Visit, Depends(_current_visit)]


async def _known_visit(request: Request, visit: CurrentVisit) -> Visit:
    token = _token(request) or new_token()
    remember(request, token)
    return Visit(hashed(token), visit.email, visit.cart)


# Has a cookie from here on, for what must be kept: a cart, a checkout.
KnownVisit = Annotated[Visit, Depends(_known_visit)]


@admits(Who.CUSTOMER)
async def _customer(visit: CurrentVisit) -> Visit:
    if not visit.email:
        raise SignInNeeded
    return visit


Customer = Annotated[Visit, Depends(_customer)]


@admits(Who.MERCHANT)
async def _merchant(visit: CurrentVisit) -> Visit:
    """For anybody else the desk does not exist; who has not signed in may do so first."""
    if visit.merchant:
        return visit
    if not visit.email:
        raise SignInNeeded
    raise NotFound(said("There is nothing here."))


Merchant = Annotated[Visit, Depends(_merchant)]
