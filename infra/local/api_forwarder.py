"""Forward requests to the emulated API Gateway, as CloudFront does on AWS."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import httpx
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.web.security.origin import ORIGIN_HEADER

type Headers = list[tuple[bytes, bytes]]

# RFC 9110, section 7.6.1: these headers apply to one connection and are not forwarded.
CONNECTION_HEADERS = {
    *(b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization"),
    *(b"te", b"trailer", b"transfer-encoding", b"upgrade"),
}
# Set by the HTTP client or below, not copied from the request.
REPLACED_HEADERS = (b"host", b"content-length", b"x-forwarded-for", b"x-origin-secret")
EDGE = "127.0.0.1"  # the address of this proxy, as the emulated API Gateway states it
TIMEOUT_SECONDS = 35  # longer than API Gateway's 30 s, so that its response is the one returned
# Each concurrent request has a function process of its own. On AWS they run on separate machines;
# here they share two or more cores, and eight at a time finish sooner than all at once.
MAX_CONCURRENT_REQUESTS = 8

UNAVAILABLE_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2"><title>Starting</title>
<style>html{color-scheme:light dark}body{font:1.1rem/1.6 Georgia,serif;display:grid;
place-content:center;min-height:90vh;margin:0 2rem;text-align:center}h1{font-weight:400}</style>
</head><body><h1>The shop is starting.</h1>
<p>This page reloads automatically when the local cloud is ready.</p></body></html>"""


class ApiForwarder:
    """A pool of connections to the API. Until ``api`` is set, every response is a 502 page.

    ``origin_secret`` is sent along, so that the application admits the requests.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.api: str | None = None
        self.origin_secret = ""
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=TIMEOUT_SECONDS,
            limits=httpx.Limits(max_connections=MAX_CONCURRENT_REQUESTS),
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        async with self._client:
            yield

    async def forward(self, request: Request) -> Response:
        """The API's response, or a 502 page if the API cannot be reached."""
        if self.api is None:
            return unavailable_response()
        try:
            return await self._fetch(request, self.api)
        except httpx.TransportError:
            return unavailable_response()

    async def _fetch(self, request: Request, api: str) -> Response:
        forwarded = httpx.Request(
            request.method,
            _url(api, request),
            headers=[
                *forward_headers(request.headers.raw, without=REPLACED_HEADERS),
                *_forwarding_headers(request),
                *self._origin_headers(),
            ],
            content=await request.body(),
        )
        fetched = await self._client.send(forwarded, stream=True)
        # Raw bytes: a compressed body stays compressed.
        body = b"".join([chunk async for chunk in fetched.aiter_raw()])
        response = Response(body, fetched.status_code)
        headers = forward_headers(fetched.headers.raw, without=(b"content-length", b"date"))
        # A 204 and a 304 have no length: https://www.rfc-editor.org/rfc/rfc9110#section-8.6
        length = [
            (name, value) for name, value in response.raw_headers if name == b"content-length"
        ]
        response.raw_headers = [*headers, *length]
        return response

    def _origin_headers(self) -> Headers:
        """What CloudFront adds, and replaces in a viewer's request."""
        name = ORIGIN_HEADER.lower().encode()
        return [(name, self.origin_secret.encode())] if self.origin_secret else []


def unavailable_response() -> Response:
    """A 502 page that reloads itself."""
    return HTMLResponse(UNAVAILABLE_PAGE, 502, {"Cache-Control": "no-store", "Retry-After": "2"})


def forward_headers(
    headers: Iterable[tuple[bytes, bytes]], *, without: tuple[bytes, ...]
) -> Headers:
    """Without hop-by-hop headers; repeated headers such as Set-Cookie stay repeated."""
    return [
        (name.lower(), value)
        for name, value in headers
        if name.lower() not in CONNECTION_HEADERS and name.lower() not in without
    ]


def _url(api: str, request: Request) -> httpx.URL:
    """Uses the raw path: decoding and encoding it again would change `%2F`."""
    base = httpx.URL(api)
    path = base.raw_path.rstrip(b"/") + request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return base.copy_with(raw_path=path + (b"?" + query if query else b""))


def _forwarding_headers(request: Request) -> Headers:
    """CloudFront appends the viewer's address, and API Gateway that of CloudFront."""
    viewer = request.client.host if request.client else EDGE
    forwarded = ", ".join([*request.headers.getlist("x-forwarded-for"), viewer, EDGE])
    return [(b"x-forwarded-for", forwarded.encode()), (b"x-forwarded-proto", b"http")]
