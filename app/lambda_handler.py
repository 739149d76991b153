"""Entry point of the web function on AWS: the storefront and the JSON API."""

from app.lambda_adapter import create_handler  # first: it prepares a short cold start
from app.web.application import build_app
from app.web.storefront.routers import LOCALIZED_ROUTERS, STOREFRONT_ROUTERS

handler = create_handler(build_app(STOREFRONT_ROUTERS, localized=LOCALIZED_ROUTERS), __name__)
