"""CSRF protection: state changes that another site initiates are rejected.

Fetch Metadata, with the Origin header as the fallback for old browsers:
https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html#fetch-metadata-headers
"""

from fastapi import Request

from app.i18n.messages import lazy_gettext
from app.settings import settings
from app.web.security.errors import RequestRejected

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})  # RFC 9110: they change nothing
WEBHOOK_PREFIX = "/webhooks/"
API_PREFIXES = ("/api/", WEBHOOK_PREFIX)  # callers are programs: JSON in, problem+json out


def require_same_origin(request: Request) -> None:
    """Raise ``RequestRejected`` (403) for an unsafe method that another origin initiated.

    A client that is not a browser sends neither header and passes: it holds no cookies of a
    visitor. API and webhooks are exempt because they authenticate by Bearer token or signature, and
    ignore cookies.
    """
    if request.method in SAFE_METHODS or is_api_request(request):
        return
    if not _is_same_origin(request):
        raise RequestRejected(403, lazy_gettext("This form was sent from another site."))


def is_api_request(request: Request) -> bool:
    return request.url.path.startswith(API_PREFIXES)


def is_webhook(request: Request) -> bool:
    return request.url.path.startswith(WEBHOOK_PREFIX)


def _is_same_origin(request: Request) -> bool:
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site in ("same-origin", "none")  # none: the user typed the address or reloaded
    return origin is None or origin == settings().base_url
