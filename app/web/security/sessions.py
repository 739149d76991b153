"""The visitor's cookie: who is here, known by a random token and by nothing else."""

import re
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import Headers, State

from app.cart.visitor import Visitor, load_visitor
from app.customers.models import sha256_hex, new_token
from app.errors import NotFound
from app.i18n.messages import lazy_gettext
from app.settings import settings
from app.web.http.request_time import Now
from app.web.security.authorization import Access, requires

VISITOR_COOKIE = "visitor"
COOKIE_LIFETIME = timedelta(days=30)
TOKEN_PATTERN = re.compile(r"[A-Za-z0-9_-]{43}")


class SignInRequired(Exception):
    """This page is for people we know; they may come back to it afterwards."""


def is_https() -> bool:
    return settings().base_url.startswith("https://")


def cookie_name(name: str) -> str:
    """Browsers accept a ``__Host-`` cookie only from us, over HTTPS: no neighbour can plant one."""
    return f"__Host-{name}" if is_https() else name


def read_cookie(request: Request, name: str) -> str:
    """What this visitor once chose, as a cookie of ours tells; empty when nothing."""
    return cookie_value(request.headers, cookie_name(name))


def cookie_value(headers: Headers, name: str) -> str:
    """The one cookie of this name; a repeated one is as good as none."""
    pairs = (part.strip() for line in headers.getlist("cookie") for part in line.split(";"))
    values = [value for key, _, value in (p.partition("=") for p in pairs) if key == name]
    return values[0] if len(values) == 1 else ""


def set_cookie(
    request: Request, name: str, value: str, *, path: str = "/", lifetime: timedelta = COOKIE_LIFETIME
) -> None:
    """Let the answer to this request, whichever it is, set a cookie; an empty value ends it.

    One for a single path cannot have the prefix of ours, and brings its own name.
    """
    seconds = int(lifetime.total_seconds()) if value else 0
    parts = [
        f"{cookie_name(name) if path == '/' else name}={value}",
        f"Max-Age={seconds}",
        f"Path={path}",
        "HttpOnly",
        "SameSite=Lax",
    ]
    if is_https():
        parts.append("Secure")
    cookies_to_set(request.state).append("; ".join(parts))


def cookies_to_set(state: State) -> list[str]:
    if not hasattr(state, "cookies"):
        state.cookies = []
    cookies: list[str] = state.cookies
    return cookies


def set_visitor_cookie(request: Request, token: str) -> None:
    """From now on this browser is the visitor of this token."""
    set_cookie(request, VISITOR_COOKIE, token)


def clear_visitor_cookie(request: Request) -> None:
    set_cookie(request, VISITOR_COOKIE, "")


def _token(request: Request) -> str:
    value = read_cookie(request, VISITOR_COOKIE)
    return value if TOKEN_PATTERN.fullmatch(value) else ""


def _current_visitor(request: Request, now: Now) -> Visitor:
    """One Query; none for a visitor without a cookie. A cookie that is not ours is none."""
    token, visitor = _token(request), Visitor()
    if token:
        by_itself = request.method == "GET" and request.headers.get("HX-Request-Type") == "partial"
        visitor = load_visitor(sha256_hex(token), now=now, is_background=by_itself)
    request.state.visitor = visitor
    return visitor


CurrentVisitor = Annotated[Visitor, Depends(_current_visitor)]


async def _known_visitor(request: Request, visitor: CurrentVisitor) -> Visitor:
    token = _token(request) or new_token()
    set_visitor_cookie(request, token)
    return Visitor(sha256_hex(token), visitor.email, visitor.cart)


# Has a cookie from here on, for what must be kept: a cart, a checkout.
KnownVisitor = Annotated[Visitor, Depends(_known_visitor)]


@requires(Access.CUSTOMER)
async def _customer(visitor: CurrentVisitor) -> Visitor:
    if not visitor.email:
        raise SignInRequired
    return visitor


Customer = Annotated[Visitor, Depends(_customer)]


@requires(Access.MERCHANT)
async def _merchant(visitor: CurrentVisitor) -> Visitor:
    """For anybody else the desk does not exist; who has not signed in may do so first."""
    if visitor.is_merchant:
        return visitor
    if not visitor.email:
        raise SignInRequired
    raise NotFound(lazy_gettext("There is nothing here."))


Merchant = Annotated[Visitor, Depends(_merchant)]
