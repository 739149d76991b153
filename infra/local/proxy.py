"""Hand a request to the emulated API Gateway, as CloudFront hands it to the real one."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import httpx
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

type Headers = list[tuple[bytes, bytes]]

# RFC 9110, section 7.6.1: these speak of one connection, not of the message.
HOP_BY_HOP = {
    *(b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization"),
    *(b"te", b"trailer", b"transfer-encoding", b"upgrade"),
}
NOT_ON = (b"host", b"content-length")  # the client writes its own, whatever a visitor claimed
LONGEST_ANSWER = 35  # seconds: API Gateway gives up after 30, and its answer should be the one
# Each request under way has a function's process of its own. On AWS that is a machine more; here
# they share ours, and a crowd is served sooner by a few than by all of them starting at once.
MOST_AT_ONCE = 8

AWAY = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2"><title>One moment</title>
<style>html{color-scheme:light dark}body{font:1.1rem/1.6 Georgia,serif;display:grid;
place-content:center;min-height:90vh;margin:0 2rem;text-align:center}h1{font-weight:400}</style>
</head><body><h1>One moment, we are unlocking the door.</h1>
<p>The local cloud is starting. This page tries again by itself.</p></body></html>"""


class Proxy:
    """One pool of connections to the API, whose address is known once it is deployed."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.api: str | None = None
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=LONGEST_ANSWER,
            limits=httpx.Limits(max_connections=MOST_AT_ONCE),
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        async with self._client:
            yield

    async def answer(self, request: Request) -> Response:
        if self.api is None:
            return away()
        try:
            return await self._fetch(request, self.api)
        except httpx.TransportError:
            return away()

    async def _fetch(self, request: Request, api: str) -> Response:
        onward = httpx.Request(
            request.method,
            _address(api, request),
            headers=[*passed_on(request.headers.raw, without=NOT_ON), *_forwarded(request)],
            content=await request.body(),
        )
        fetched = await self._client.send(onward, stream=True)
        # Raw, since what is compressed stays compressed on its way through.
        body = b"".join([chunk async for chunk in fetched.aiter_raw()])
        response = Response(body, fetched.status_code)
        headers = passed_on(fetched.headers.raw, without=(b"content-length", b"date"))
        response.raw_headers = [*headers, (b"content-length", str(len(body)).encode())]
        return response


def away() -> Response:
    return HTMLResponse(AWAY, 502, {"Cache-Control": "no-store", "Retry-After": "2"})


def passed_on(headers: Iterable[tuple[bytes, bytes]], *, without: tuple[bytes, ...]) -> Headers:
    """What belongs to the message; repeated headers (Set-Cookie) stay repeated."""
    return [
        (name.lower(), value)
        for name, value in headers
        if name.lower() not in HOP_BY_HOP and name.lower() not in without
    ]


def _address(api: str, request: Request) -> httpx.URL:
    """The path as it was written: decoded and encoded again, `%2F` would be another address."""
    base = httpx.URL(api)
    path = base.raw_path.rstrip(b"/") + request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return base.copy_with(raw_path=path + (b"?" + query if query else b""))


def _forwarded(request: Request) -> Headers:
    viewer = request.client.host if request.client else "127.0.0.1"
    return [(b"x-forwarded-for", viewer.encode()), (b"x-forwarded-proto", b"http")]
