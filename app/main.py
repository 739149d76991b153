"""The web application: its routes in one list, and the layers every request passes through."""

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from app.web import (
    behind,
    carts,
    catalog,
    checkout,
    customers,
    health,
    languages,
    look,
    orders,
    reference,
    shelf,
    signed_in,
)
from app.web.admission import routes_of, who_may_call
from app.web.api import orders as api_orders
from app.web.api import products as api_products
from app.web.desk import (
    adding,
    arranging,
    board,
    bulk,
    changes,
    editing,
    exporting,
    extending,
    import_report,
    importing,
    notes,
    order,
    pictures,
    products,
    rewording,
    sales,
    stockroom,
)
from app.web.errors import explain_errors
from app.web.heads import Heads
from app.web.logbook import Logbook
from app.web.safety import Guard

ROUTERS = (
    catalog.router,
    shelf.router,
    carts.router,
    checkout.router,
    orders.router,
    customers.router,
    signed_in.router,
    board.router,
    changes.router,
    order.router,
    notes.router,
    adding.router,
    bulk.router,
    exporting.router,
    extending.router,
    import_report.router,
    importing.router,
    products.router,
    editing.router,
    rewording.router,
    pictures.router,
    arranging.router,
    stockroom.router,
    sales.router,
    api_products.router,
    api_orders.router,
    look.router,
    languages.router,
    behind.router,
    reference.router,
    health.router,
)


def create_app() -> FastAPI:
    """Raises ``Undeclared`` when a route does not say who may call it.

    Slashes are never redirected: ``//evil.example/`` would send people there.
    """
    app = FastAPI(
        title="Hearth & Clay",
        summary="The shop's API for programs.",
        version="1.0.0",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    for router in ROUTERS:
        for route in routes_of(router):
            who_may_call(route)
        app.include_router(router)
    explain_errors(app)
    # CloudFront leaves an answer that it may not keep as it is, and so does API Gateway.
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)
    app.add_middleware(Heads)
    app.add_middleware(Guard)
    app.add_middleware(Logbook)  # added last, so it is outermost
    return app
