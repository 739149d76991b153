"""The whole web application in one process: the storefront, the JSON API and the admin.

Tests run it, and so can any ASGI server. On AWS two Lambda functions share its routes: see
`app/lambda_handler.py` and `app/admin_lambda_handler.py`.
"""

from fastapi import FastAPI

from app.web.admin.routers import ADMIN_ROUTERS
from app.web.application import build_app
from app.web.lazy_router import loaded_routers
from app.web.storefront.routers import (
    LOCALIZED_ROUTERS,
    STOREFRONT_ERROR_PAGES,
    STOREFRONT_ROUTERS,
)

ROUTERS = (*loaded_routers(STOREFRONT_ROUTERS), *ADMIN_ROUTERS)


def create_app() -> FastAPI:
    return build_app(ROUTERS, localized=LOCALIZED_ROUTERS, error_pages=STOREFRONT_ERROR_PAGES)
