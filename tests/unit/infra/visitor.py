"""A browser's view of an ASGI app in this process."""

import asyncio
from typing import Any

import httpx
from starlette.applications import Starlette


class Visitor:
    """Follows no redirect and keeps no cookies, so that a test sees each answer as it is."""

    def __init__(self, app: Starlette) -> None:
        self._transport = httpx.ASGITransport(app)

    def request(self, method: str, path: str, **sent: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=self._transport, base_url="http://localhost:8000"
            ) as browser:
                return await browser.request(method, path, **sent)

        return asyncio.run(ask())

    def get(self, path: str, **sent: Any) -> httpx.Response:
        return self.request("GET", path, **sent)

    def post(self, path: str, **sent: Any) -> httpx.Response:
        return self.request("POST", path, **sent)
