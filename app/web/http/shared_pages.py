"""Shared pages: the same for every visitor, so CloudFront caches them for some seconds.

A shared page sees only what is part of CloudFront's cache key. What belongs to one visitor, such as
the number of items in the cart, is fetched apart by a script.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/controlling-the-cache-key.html
"""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import unquote_plus

from fastapi import Request, Response
from fastapi.routing import APIRoute

from app.settings import settings
from app.web.api.conditional_requests import REVALIDATE, entity_tag, matches
from app.web.http.debug_panel import COOKIE as DEBUG_PANEL
from app.web.http.debug_panel import SHARED_PAGE, wants_debug_panel
from app.web.http.templating import wants_fragment
from app.web.security.query_params import query_params

FRAGMENT_HEADER = b"hx-request-type"  # part of the cache key: a fragment is another response
FORWARDED_HEADERS = (b"hx-request", b"hx-target", b"hx-current-url")  # fragments read them
VALIDATOR = b"if-none-match"
VARY = "HX-Request-Type"
EXTRA_PARAMS = frozenset({DEBUG_PANEL})


class SharedPageRoute(APIRoute):
    """Hides the visitor's cookies and headers from a page, and lets CloudFront cache it.

    Fragments, errors and pages with the debug panel are not cached. CloudFront forwards the same
    headers and parameters, and no cookies, so that no response depends on anything else.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        params = cache_key_params(self)

        async def handle_shared(request: Request) -> Response:
            _hide_visitor(request, params)
            response = await handle(request)
            if response.status_code == 200:
                return _with_caching(request, response)
            return response

        return handle_shared


def cache_key_params(route: APIRoute) -> frozenset[str]:
    """The names of the query parameters that this page reads."""
    return query_params(route) | EXTRA_PARAMS


def _hide_visitor(request: Request, params: frozenset[str]) -> None:
    """Keep what CloudFront forwards. Nothing has read the headers of this ``Request`` before."""
    headers = request.scope["headers"]
    is_fragment = any((name, value) == (FRAGMENT_HEADER, b"partial") for name, value in headers)
    kept = (FRAGMENT_HEADER, VALIDATOR, *(FORWARDED_HEADERS if is_fragment else ()))
    pairs = request.scope["query_string"].split(b"&")
    request.scope.update(
        {
            SHARED_PAGE: True,
            "headers": [(name, value) for name, value in headers if name in kept],
            "query_string": b"&".join(it for it in pairs if _param_name(it) in params),
        }
    )


def _param_name(pair: bytes) -> str:
    return unquote_plus(pair.partition(b"=")[0].decode("latin-1"))


def _with_caching(request: Request, response: Response) -> Response:
    seconds = settings().edge_cache_seconds
    response.headers["Vary"] = VARY
    if wants_fragment(request) or wants_debug_panel(request) or not seconds:
        response.headers["Cache-Control"] = REVALIDATE
        return response
    response.headers["Cache-Control"] = (
        f"public, max-age=0, s-maxage={seconds}, stale-while-revalidate={seconds}"
    )
    tag = response.headers["ETag"] = entity_tag(bytes(response.body))
    if not matches(request.headers.get("if-none-match", ""), tag):
        return response
    kept = ("cache-control", "vary", "etag", "content-language")
    return Response(status_code=304, headers={name: response.headers[name] for name in kept})
