"""API documentation: the OpenAPI description as JSON, and Swagger UI at `/docs`."""

from copy import deepcopy
from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse

from app.settings import settings
from app.web.http.request_id import PROBLEM_JSON
from app.web.http.templating import render_page
from app.web.security.authorization import PUBLIC
from app.web.security.headers import content_security_policy

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])

TITLE = "Hearth & Clay API"
VERSION = "1.0.0"
DESCRIPTION = """\
Read products, place orders and follow their status.

- JSON in and out. No cookies, no API key.
- Money is an integer number of euro cents.
- Errors are `application/problem+json` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)).
- Placing an order is idempotent: send an `Idempotency-Key`, and retry with the same key.
- The response contains an `order_token`. Send it as a Bearer token to read the order.
- This is a demo: payments go to a sandbox and nothing is shipped.
"""
TAGS = [
    {"name": "products", "description": "The published products, their prices and availability."},
    {"name": "orders", "description": "Placing orders and reading their status."},
]


@router.get("/openapi.json")
@router.get("/api/openapi.json")
async def openapi(request: Request) -> JSONResponse:
    return JSONResponse(openapi_description(request.app))


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


@cache
def openapi_description(app: FastAPI) -> dict[str, Any]:
    """FastAPI's description, in which an error response has only its real content type.

    FastAPI adds ``application/json`` to every response that has a model.
    """
    description = deepcopy(app.openapi())
    for path in description.get("paths", {}).values():
        for operation in path.values():
            for response in operation["responses"].values():
                if PROBLEM_JSON in response.get("content", {}):
                    response["content"].pop("application/json", None)
    return description
