"""API documentation: the OpenAPI description as JSON, and Swagger UI at `/docs`."""

from copy import deepcopy
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response

from app.settings import settings
from app.web.api.conditional_requests import ConditionalRoute
from app.web.api.schemas import problem_schemas
from app.web.http.templating import render_page
from app.web.security.authorization import PUBLIC
from app.web.security.headers import content_security_policy

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC], route_class=ConditionalRoute)

# `pytest tests/unit/app/web/api/test_openapi_file.py --record` writes it.
OPENAPI_FILE = Path(__file__).with_name("openapi.json")
TITLE = "Hearth & Clay API"
VERSION = "1.0.0"
DESCRIPTION = """\
Read products, place orders and follow their status.

- JSON in and out. No API key, and no cookies, except the session for your list of orders.
- Money is an integer number of euro cents.
- Errors are `application/problem+json` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)).
- Placing an order is idempotent: send an `Idempotency-Key`, and retry with the same key.
- The response contains an `order_token`. Send it as a Bearer token to read or cancel the order.
- Responses to GET have an `ETag`. Send it as `If-None-Match`: 304 means that nothing has changed.
- This is a demo: payments go to a sandbox and nothing is shipped.
"""
TAGS = [
    {"name": "products", "description": "The published products, their prices and availability."},
    {"name": "orders", "description": "Placing, reading, listing and cancelling orders."},
]


@router.get("/openapi.json")
@router.get("/api/openapi.json")
async def openapi() -> Response:
    return Response(OPENAPI_FILE.read_bytes(), media_type="application/json")


@router.get("/docs")
@router.get("/api/docs")
async def docs(request: Request) -> Response:
    """Swagger UI: https://swagger.io/tools/swagger-ui/, served from our own origin.

    Its stylesheet contains its icons as ``data:`` URLs, which the CSP of all other pages forbids.
    """
    response = render_page(request, "api/docs.html")
    policy = content_security_policy(settings(), img_src="'self' data:")
    response.headers["Content-Security-Policy"] = policy
    return response


def describe_api(app: FastAPI) -> dict[str, Any]:
    """FastAPI's description with the schemas of errors, and with examples.

    Tests compare it with ``OPENAPI_FILE``; a function has no models to generate it.
    """
    from app.web.api.examples import add_examples  # noqa: PLC0415 (no function needs it)

    description = deepcopy(app.openapi())
    schemas = description["components"]["schemas"]
    description["components"]["schemas"] = dict(sorted({**schemas, **problem_schemas()}.items()))
    add_examples(description)
    return description
