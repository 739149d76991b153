"""The methods of a path, for the ``Allow`` header and for OPTIONS requests."""

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope


def allowed_methods(app: FastAPI, scope: Scope) -> str:
    """All methods of this path, also those of its other routes, in the form of ``Allow``.

    https://www.rfc-editor.org/rfc/rfc9110#name-allow
    """
    methods = {"OPTIONS"}
    for context in iter_route_contexts(app.routes):
        if context.original_route.matches(scope)[0] != Match.NONE:
            methods |= context.methods or set()
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods))


def options_response(allow: str) -> Response:
    """No content: other sites may not call the shop, so there are no CORS headers."""
    return Response(status_code=204, headers={"Allow": allow})
