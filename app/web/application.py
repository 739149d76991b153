"""Builds a web application: its routes, and the middleware that every request passes through."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import MappingProxyType

from fastapi import APIRouter, Depends, FastAPI, Request, Response

from app.shop_time import shop_zone
from app.web.api import docs
from app.web.http.access_log import AccessLogMiddleware
from app.web.http.compression import CompressionMiddleware
from app.web.http.errors import add_error_handlers
from app.web.http.head_requests import HeadRequestMiddleware
from app.web.http.language_prefix import LanguagePrefixMiddleware
from app.web.lazy_router import LazyRouter, first_segment
from app.web.security.authorization import require_access_policies, routes_of
from app.web.security.middleware import SecurityMiddleware
from app.web.security.query_params import require_single_params

type ErrorPages = Mapping[type[Exception], Callable[[Request, Exception], Awaitable[Response]]]


def build_app(
    routers: Iterable[APIRouter],
    *,
    localized: Iterable[APIRouter] = (),
    error_pages: ErrorPages = MappingProxyType({}),
) -> FastAPI:
    """Create an application with these routes, and the middleware that every request passes.

    ``localized`` are the routers of pages that have an address in each language.
    Raises ``MissingAccessPolicy`` if a route does not declare who may call it, and ``ValueError``
    if the shop's time zone is unknown. The routes of a ``LazyRouter`` are checked when it loads
    them. Slashes are not redirected: ``//evil.example/`` would become a redirect to another site.
    """
    shop_zone()
    app = FastAPI(
        title=docs.TITLE,
        description=docs.DESCRIPTION,
        version=docs.VERSION,
        openapi_tags=docs.TAGS,
        docs_url=None,  # FastAPI's page loads Swagger UI from a CDN
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        dependencies=[Depends(require_single_params)],
    )
    for router in routers:
        require_access_policies(router)
        app.include_router(router)
    app.state.localized_segments = {
        segment for router in localized for segment in _first_segments(router)
    }
    add_error_handlers(app)
    for error, render in error_pages.items():
        app.add_exception_handler(error, render)
    # CloudFront and API Gateway do not compress a response that may not be cached.
    app.add_middleware(CompressionMiddleware, minimum_size=1000, compresslevel=6)
    app.add_middleware(HeadRequestMiddleware)
    app.add_middleware(SecurityMiddleware)
    app.add_middleware(LanguagePrefixMiddleware)
    app.add_middleware(AccessLogMiddleware)  # the last one added is the outermost
    return app


def _first_segments(router: APIRouter) -> Iterable[str]:
    if isinstance(router, LazyRouter):
        return router.segments
    return {first_segment(route.path) for route in routes_of(router)}
