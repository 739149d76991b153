"""The web application: all routes, and the middleware that every request passes through."""

from fastapi import Depends, FastAPI

from app.shop_time import shop_zone
from app.web.admin import audit_log as admin_audit_log
from app.web.admin import bulk_edit as admin_bulk_edit
from app.web.admin import discounts as admin_discounts
from app.web.admin import images as admin_images
from app.web.admin import imports as admin_imports
from app.web.admin import order_list as admin_order_list
from app.web.admin import orders as admin_orders
from app.web.admin import packing as admin_packing
from app.web.admin import product_forms as admin_product_forms
from app.web.admin import product_order as admin_product_order
from app.web.admin import products as admin_products
from app.web.admin import returns as admin_returns
from app.web.admin import reviews as admin_reviews
from app.web.admin import sales as admin_sales
from app.web.admin import stock as admin_stock
from app.web.admin import translations as admin_translations
from app.web.admin import variants as admin_variants
from app.web.api import docs, webhooks
from app.web.api import orders as api_orders
from app.web.api import products as api_products
from app.web.http import debug_panel, health, locale, theme
from app.web.http.access_log import AccessLogMiddleware
from app.web.http.compression import CompressionMiddleware
from app.web.http.errors import add_error_handlers
from app.web.http.head_requests import HeadRequestMiddleware
from app.web.http.language_prefix import LanguagePrefixMiddleware
from app.web.security.authorization import required_access, routes_of
from app.web.security.middleware import SecurityMiddleware
from app.web.security.query_params import require_single_params
from app.web.storefront import (
    account,
    account_data,
    addresses,
    cart,
    checkout,
    home,
    information,
    order_access,
    order_links,
    orders,
    parcel_tracking,
    products,
    returns,
    visitor_parts,
    well_known,
)

# The pages of the storefront, whose addresses may have a language prefix.
LOCALIZED_ROUTERS = (
    home.router,
    information.router,
    products.router,
    cart.router,
    checkout.router,
    orders.router,
    returns.router,
    order_links.router,
    parcel_tracking.router,
    account.router,
    account_data.router,
    addresses.router,
    visitor_parts.router,
    theme.router,
    locale.router,
    debug_panel.router,
)
ROUTERS = (
    *LOCALIZED_ROUTERS,
    admin_orders.router,
    admin_returns.router,
    admin_order_list.router,
    admin_reviews.router,
    admin_packing.router,
    admin_product_forms.router,  # before admin_products: "new" is no slug
    admin_products.router,
    admin_product_order.router,
    admin_variants.router,
    admin_images.router,
    admin_translations.router,
    admin_bulk_edit.router,
    admin_imports.router,
    admin_stock.router,
    admin_discounts.router,
    admin_sales.router,
    admin_audit_log.router,
    api_products.router,
    api_orders.router,
    webhooks.router,
    docs.router,
    health.router,
    well_known.router,
)


def create_app() -> FastAPI:
    """Create the application with all its routes and middleware.

    Raises ``MissingAccessPolicy`` if a route does not declare who may call it, and ``ValueError``
    if the shop's time zone is unknown. Slashes are not redirected: ``//evil.example/`` would
    become a redirect to another site.
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
    for router in ROUTERS:
        for route in routes_of(router):
            required_access(route)
        app.include_router(router)
    app.state.localized_segments = {
        route.path.split("/")[1] for router in LOCALIZED_ROUTERS for route in routes_of(router)
    }
    add_error_handlers(app)
    app.add_exception_handler(order_access.OrderNotFound, order_access.render_missing_order)
    # CloudFront and API Gateway do not compress a response that may not be cached.
    app.add_middleware(CompressionMiddleware, minimum_size=1000, compresslevel=6)
    app.add_middleware(HeadRequestMiddleware)
    app.add_middleware(SecurityMiddleware)
    app.add_middleware(LanguagePrefixMiddleware)
    app.add_middleware(AccessLogMiddleware)  # the last one added is the outermost
    return app
