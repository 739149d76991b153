"""The routes of the template's HTTP API in this process: which function answers a request."""

from typing import Any

from app import admin_lambda_handler, lambda_handler


def is_admin(path: str) -> bool:
    """Whether requests for this path are sent to the admin function."""
    return path == "/admin" or path.startswith("/admin/")


def handle_request(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The response of the function that the event's path leads to."""
    function = admin_lambda_handler if is_admin(event["rawPath"]) else lambda_handler
    response: dict[str, Any] = function.handler(event, context)
    return response
