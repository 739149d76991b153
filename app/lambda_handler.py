"""Entry point of the web function on AWS: the storefront and the JSON API."""

from app.lambda_adapter import create_handler  # first: it prepares a short cold start
from app.web.application import build_app
from app.web.storefront.routers import (
    LOCALIZED_ROUTERS,
    STOREFRONT_ERROR_PAGES,
    STOREFRONT_ROUTERS,
)

_app = build_app(
    STOREFRONT_ROUTERS, localized=LOCALIZED_ROUTERS, error_pages=STOREFRONT_ERROR_PAGES
)
handler = create_handler(_app, __name__)
