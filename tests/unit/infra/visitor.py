"""Send requests to an ASGI application in this process."""

import asyncio
from typing import Any

import httpx
from starlette.applications import Starlette


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

        return asyncio.run(send())

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)
