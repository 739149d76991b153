"""Authentication: the visitor's session is known by a random token in a cookie.

https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html
"""

import re
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request

from app.cart.visitor import Visitor, load_visitor
from app.customers.models import new_token, visitor_id_of
from app.errors import NotFound
from app.i18n.messages import lazy_gettext
from app.web.http.request_time import Now
from app.web.security.authorization import Access, requires
from app.web.security.cookies import read_cookie, set_cookie
from app.web.security.errors import SignInRequired

VISITOR_COOKIE = "visitor"
KNOWN_COOKIE = "known"  # lets scripts see that there is a visitor cookie, but not its token
TOKEN_PATTERN = re.compile(r"(?:s~)?[A-Za-z0-9_-]{43}")  # s~: SESSION_PREFIX


def set_visitor_cookie(request: Request, token: str) -> None:
    """Make this browser the visitor of this token; the table stores only the token's hash."""
    set_cookie(request, VISITOR_COOKIE, token)
    set_cookie(request, KNOWN_COOKIE, "1")


def clear_visitor_cookie(request: Request) -> None:
    set_cookie(request, VISITOR_COOKIE, "")
    set_cookie(request, KNOWN_COOKIE, "")


def _token(request: Request) -> str:
    value = read_cookie(request, VISITOR_COOKIE)
    return value if TOKEN_PATTERN.fullmatch(value) else ""


def _current_visitor(request: Request, now: Now) -> Visitor:
    """The visitor of the request's cookie: one DynamoDB Query, and none without a valid cookie.

    A page that polls does not count as activity: it must not keep a session alive.
    """
    token, visitor = _token(request), Visitor()
    if token:
        is_poll = request.method == "GET" and request.headers.get("HX-Request-Type") == "partial"
        visitor = load_visitor(visitor_id_of(token), now=now, is_background=is_poll)
    request.state.visitor = visitor
    is_known = bool(visitor.visitor_id)
    if is_known != bool(read_cookie(request, KNOWN_COOKIE)):
        set_cookie(request, KNOWN_COOKIE, "1" if is_known else "")
    return visitor


CurrentVisitor = Annotated[Visitor, Depends(_current_visitor)]


def keep_visitor(request: Request, visitor: Visitor) -> Visitor:
    """The visitor with a cookie that is set again; a new one if theirs is no one's any more."""
    token = _token(request) if visitor.visitor_id else new_token()
    set_visitor_cookie(request, token)
    return replace(visitor, visitor_id=visitor_id_of(token))


async def _known_visitor(request: Request, visitor: CurrentVisitor) -> Visitor:
    return keep_visitor(request, visitor)


# A visitor who has a cookie from now on, because a cart or a checkout is stored for them.
KnownVisitor = Annotated[Visitor, Depends(_known_visitor)]


@requires(Access.CUSTOMER)
async def _customer(visitor: CurrentVisitor) -> Visitor:
    if not visitor.email:
        raise SignInRequired
    return visitor


Customer = Annotated[Visitor, Depends(_customer)]


@requires(Access.MERCHANT)
async def _merchant(visitor: CurrentVisitor) -> Visitor:
    """A customer gets 404, as if the admin did not exist; a guest is sent to the sign-in page."""
    if visitor.is_merchant:
        return visitor
    if not visitor.email:
        raise SignInRequired
    raise NotFound(lazy_gettext("There is nothing here."))


Merchant = Annotated[Visitor, Depends(_merchant)]


@requires(Access.SHOP_OWNER)
async def _shop_owner(visitor: Merchant) -> Visitor:
    """The staff gets 404 too: to them, what only owners may do does not exist."""
    if visitor.is_shop_owner:
        return visitor
    raise NotFound(lazy_gettext("There is nothing here."))


ShopOwner = Annotated[Visitor, Depends(_shop_owner)]
SHOP_OWNER = Depends(_shop_owner)  # of a router whose routes are all for owners only
