"""The routes of the storefront and the JSON API, which the web function serves."""

from app.web.api import docs, webhooks
from app.web.api import orders as api_orders
from app.web.api import products as api_products
from app.web.application import ErrorPages
from app.web.http import debug_panel, health, locale, theme
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

# The pages of the storefront, whose addresses may have a language prefix. Routes are tried one
# after the other, so the most requested ones come first.
LOCALIZED_ROUTERS = (
    home.router,
    products.router,
    visitor_parts.router,
    cart.router,
    checkout.router,
    orders.router,
    returns.router,
    order_links.router,
    parcel_tracking.router,
    account.router,
    account_data.router,
    addresses.router,
    information.router,
    theme.router,
    locale.router,
    debug_panel.router,
)
STOREFRONT_ROUTERS = (
    api_products.router,
    *LOCALIZED_ROUTERS,
    api_orders.router,
    webhooks.router,
    docs.router,
    health.router,
    well_known.router,
)
STOREFRONT_ERROR_PAGES: ErrorPages = {
    order_access.OrderNotFound: order_access.render_missing_order,
}
