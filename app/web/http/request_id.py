"""The id of a request: in its log lines, in problem+json and on the page of a server error."""

from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse
from starlette.types import Scope

from app.observability.ids import new_span_id
from app.observability.logs import logger

PROBLEM_JSON = "application/problem+json"  # https://www.rfc-editor.org/rfc/rfc9457


def log_request_id(scope: Scope) -> None:
    """Add API Gateway's id of this request to all of its log lines.

    The id also stands in the response header ``Apigw-Requestid``. Without an API Gateway, a new
    id is made.
    """
    event: Mapping[str, Any] = scope.get("aws.event") or {}
    given = event.get("requestContext", {}).get("requestId")
    logger.thread_safe_append_keys(request_id=str(given or new_span_id()))


def request_id() -> str:
    """The id of the current request; empty outside of a request."""
    return str(logger.thread_safe_get_current_keys().get("request_id", ""))


def problem_response(
    problem: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """A problem+json response with the problem's status and the request's id."""
    body = {**problem, "request_id": request_id()}
    return JSONResponse(body, problem["status"], headers, media_type=PROBLEM_JSON)
