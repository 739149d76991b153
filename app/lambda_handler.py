"""Entry point of the web function on AWS: the storefront and the JSON API."""

from app.lambda_adapter import (  # first: it prepares a short cold start
    create_handler,
    is_started_by_request,
)
from app.web.application import build_app
from app.web.lazy_router import loaded_routers
from app.web.storefront.routers import (
    LOCALIZED_ROUTERS,
    STOREFRONT_ERROR_PAGES,
    STOREFRONT_ROUTERS,
)

_app = build_app(
    STOREFRONT_ROUTERS if is_started_by_request() else loaded_routers(STOREFRONT_ROUTERS),
    localized=LOCALIZED_ROUTERS,
    error_pages=STOREFRONT_ERROR_PAGES,
)
handler = create_handler(_app, __name__)
