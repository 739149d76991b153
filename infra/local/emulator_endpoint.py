"""An endpoint of our own on the emulator's port, for what AWS's own calls do not answer."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

type Query = dict[str, str]  # the first value of each parameter that has one


class EmulatorEndpoint:
    """Answers one path with JSON, and passes all other requests on to the emulator."""

    def __init__(self, app: ASGIApp, path: str, answer: Callable[[Query], Awaitable[Any]]) -> None:
        self._app, self._path, self._answer = app, path, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self._path:
            await self._app(scope, receive, send)
            return
        query = {
            name: it[0] for name, it in parse_qs(scope["query_string"].decode("latin-1")).items()
        }
        await JSONResponse(await self._answer(query))(scope, receive, send)
