"""The routes of the storefront and the JSON API, which the web function serves.

The pages of a first visit are imported here. The others are loaded when one of them is requested.
"""

from fastapi import APIRouter

from app.web.api import products as api_products
from app.web.application import ErrorPages
from app.web.http import debug_panel, health, locale, theme
from app.web.lazy_router import LazyRouter
from app.web.storefront import cart, home, order_access, products, visitor_parts

# ruff: noqa: PLC0415 (these imports are the ones that wait for a request)


def _checkout() -> tuple[APIRouter, ...]:
    from app.web.storefront import checkout

    return (checkout.router,)


def _orders() -> tuple[APIRouter, ...]:
    from app.web.storefront import order_links, orders, parcel_tracking, returns

    return orders.router, returns.router, order_links.router, parcel_tracking.router


def _account() -> tuple[APIRouter, ...]:
    from app.web.storefront import account, account_data, addresses

    return account.router, account_data.router, addresses.router


def _information() -> tuple[APIRouter, ...]:
    from app.web.storefront import information

    return (information.router,)


def _api() -> tuple[APIRouter, ...]:
    from app.web.api import docs, orders, webhooks

    return orders.router, webhooks.router, docs.router


def _well_known() -> tuple[APIRouter, ...]:
    from app.web.storefront import well_known

    return (well_known.router,)


# The pages of the storefront, whose addresses may have a language prefix. Routes are tried one
# after the other, so the most requested ones come first.
LOCALIZED_ROUTERS = (
    home.router,
    products.router,
    visitor_parts.router,
    cart.router,
    LazyRouter(_checkout, segments=["checkout"]),
    LazyRouter(_orders, segments=["orders", "find-order", "sandbox-carrier"]),
    LazyRouter(_account, segments=["account", "sign-in", "sign-out"]),
    LazyRouter(
        _information, segments=["contact", "imprint", "privacy", "returns", "shipping", "terms"]
    ),
    theme.router,
    locale.router,
    debug_panel.router,
)
STOREFRONT_ROUTERS = (
    api_products.router,
    *LOCALIZED_ROUTERS,
    LazyRouter(_api, segments=["api", "webhooks", "docs", "openapi.json"]),
    health.router,
    LazyRouter(
        _well_known,
        segments=[
            *(".well-known", "apple-touch-icon.png", "favicon.ico"),
            *("manifest.webmanifest", "robots.txt", "sitemap.xml"),
        ],
    ),
)
STOREFRONT_ERROR_PAGES: ErrorPages = {
    order_access.OrderNotFound: order_access.render_missing_order,
}
