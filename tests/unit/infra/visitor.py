"""Send requests to an ASGI application in this process."""

import asyncio
from collections.abc import Coroutine
from contextlib import closing
from typing import Any

import httpx
from starlette.applications import Starlette


def run_coroutine[T](coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine. `asyncio.run` would also remove the event loop that Mangum needs later."""
    with closing(asyncio.new_event_loop()) as loop:
        return loop.run_until_complete(coroutine)


class Visitor:
    """Follows no redirects and keeps no cookies, so that tests see each response unchanged."""

    def __init__(self, app: Starlette) -> None:
        self._transport = httpx.ASGITransport(app)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=self._transport, base_url="http://localhost:8000"
            ) as browser:
                return await browser.request(method, path, **options)

        return run_coroutine(send())

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)
