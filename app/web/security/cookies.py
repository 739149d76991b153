"""Cookies: SameSite=Lax, HttpOnly unless a script reads them, and ``__Host-`` over HTTPS.

https://owasp.org/www-community/controls/SecureCookieAttribute
https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
"""

from datetime import timedelta

from fastapi import Request
from starlette.datastructures import Headers, State

from app.i18n.locales import LANGUAGES
from app.settings import settings

DEFAULT_LIFETIME = timedelta(days=30)
# Preferences and a mark that say nothing about a person. Scripts read them on pages that CloudFront
# caches; every other cookie is HttpOnly.
READABLE = frozenset({"theme", "language", "debug_panel", "known"})


def is_https() -> bool:
    return settings().base_url.startswith("https://")


def cookie_name(name: str) -> str:
    """The name with ``__Host-`` over HTTPS: a sibling subdomain cannot set such a cookie."""
    return f"__Host-{name}" if is_https() else name


def read_cookie(request: Request, name: str) -> str:
    """The value of a cookie that ``set_cookie`` wrote for the path ``/``, or empty."""
    return cookie_value(request.headers, cookie_name(name))


def cookie_value(headers: Headers, name: str) -> str:
    """The value of the cookie, or empty. A name that occurs twice counts as absent."""
    pairs = (part.strip() for line in headers.getlist("cookie") for part in line.split(";"))
    values = [value for key, _, value in (p.partition("=") for p in pairs) if key == name]
    return values[0] if len(values) == 1 else ""


def set_cookie(
    request: Request,
    name: str,
    value: str,
    *,
    path: str = "/",
    lifetime: timedelta = DEFAULT_LIFETIME,
) -> None:
    """Set a cookie on the response to this request, also on an error; an empty value deletes it.

    With another path than ``/`` the name is used as it is: ``__Host-`` demands ``Path=/``. Such a
    cookie is set for the addresses of this path in all languages.
    """
    prefixes = [it.prefix for it in LANGUAGES.values()] if path != "/" else [""]
    sent_name = cookie_name(name) if path == "/" else name
    for prefix in prefixes:
        parts = [
            f"{sent_name}={value}",
            f"Max-Age={int(lifetime.total_seconds()) if value else 0}",
            f"Path={prefix}{path}",
            *([] if name in READABLE else ["HttpOnly"]),
            "SameSite=Lax",
            *(["Secure"] if is_https() else []),
        ]
        pending_cookies(request.state).append("; ".join(parts))


def pending_cookies(state: State) -> list[str]:
    """The ``Set-Cookie`` values that ``SecurityMiddleware`` adds to the response."""
    if not hasattr(state, "cookies"):
        state.cookies = []
    cookies: list[str] = state.cookies
    return cookies
