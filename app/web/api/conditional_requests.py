"""Conditional requests: ETags, 304 for what a client has already, and ``If-Match``.

https://www.rfc-editor.org/rfc/rfc9110#name-conditional-requests
"""

import hashlib
import re
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.routing import APIRoute

ENTITY_TAG = re.compile(r'(W/)?"([!#-~]*)"')
CODING = "-gzip"  # before the closing quote, if the response is compressed: other bytes, other tag
REVALIDATE = "private, no-cache"  # a client may store the response, and asks before it uses it
ETAG_HEADER = {"ETag": {"description": "Changes with the content.", "schema": {"type": "string"}}}
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    200: {"headers": ETAG_HEADER},
    304: {"description": "Not modified: the client has it already.", "headers": ETAG_HEADER},
}

_ETAG = {"description": "The `ETag` of an earlier response.", "max_length": 1_000}
IfNoneMatch = Annotated[str, Header(alias="If-None-Match", **_ETAG)]
IfMatch = Annotated[str, Header(alias="If-Match", **_ETAG)]


async def _document(_: IfNoneMatch = "") -> None:
    """``ConditionalRoute`` reads the header."""


IF_NONE_MATCH = Depends(_document)


class ConditionalRoute(APIRoute):
    """Adds an ETag to each JSON response to GET, and answers 304 if the client has that content."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_conditionally(request: Request) -> Response:
            response = await handle(request)
            is_json = response.headers.get("content-type") == "application/json"
            if request.method == "GET" and response.status_code == 200 and is_json:
                return _revalidated(request, response)
            return response

        return handle_conditionally


def _revalidated(request: Request, response: Response) -> Response:
    tag = response.headers.setdefault("ETag", entity_tag(bytes(response.body)))
    caching = response.headers.setdefault("Cache-Control", REVALIDATE)
    if not matches(request.headers.get("if-none-match", ""), tag):
        return response
    return Response(status_code=304, headers={"ETag": tag, "Cache-Control": caching})


def entity_tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def matches(header: str, tag: str, *, strongly: bool = False) -> bool:
    """Whether the header is ``*``, or lists this tag for any content coding.

    A weak tag is not equal to any if they are compared strongly, as for ``If-Match``.
    """
    listed = ENTITY_TAG.findall(header)
    tags = {opaque.removesuffix(CODING) for weak, opaque in listed if not (strongly and weak)}
    return header.strip() == "*" or tag.strip('"') in tags
