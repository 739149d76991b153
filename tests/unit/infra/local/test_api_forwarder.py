"""Forwarding requests to the API, and its responses back."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, Thread
from typing import Any, ClassVar

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from infra.local.api_forwarder import MAX_CONCURRENT_REQUESTS, ApiForwarder
from tests.unit.infra.visitor import Visitor, run_coroutine

type Api = Callable[[httpx.Request], httpx.Response]


def a_forwarder_to(api: Api) -> Visitor:
    forwarder = ApiForwarder(httpx.MockTransport(api))
    forwarder.api = "http://cloud/_aws/execute-api/abc/$default"
    app = Starlette(routes=[Route("/{path:path}", forwarder.forward, methods=["GET", "POST"])])
    return Visitor(app)


class Body(httpx.AsyncByteStream):
    """A body that is streamed, as from the network."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content


def responding(status: int, headers: Any = (), content: bytes = b"") -> Api:
    return lambda _: httpx.Response(status, headers=headers, stream=Body(content))


def forwarded(method: str, path: str, **options: Any) -> httpx.Request:
    requests: list[httpx.Request] = []

    def api(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return responding(204)(request)

    a_forwarder_to(api).request(method, path, **options)
    return requests[0]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/a%20b%2Fc",
        "/%C3%BC?x=1&x=2&y=a%2Bb",
        "/products/",
        "/de/",
        "/sitemap.xml",
        "/.well-known/security.txt",
    ],
)
def test_path_and_query_are_forwarded_unchanged(path: str) -> None:
    request = forwarded("GET", path)

    assert request.url.raw_path.decode() == f"/_aws/execute-api/abc/$default{path}"


def test_forwarded_content_length_is_that_of_the_body() -> None:
    request = forwarded("POST", "/cart", content=b"sku=1", headers={"Content-Length": "500"})

    assert request.headers.get_list("content-length") == ["5"]


def test_method_body_and_cookies_are_forwarded() -> None:
    request = forwarded(
        "POST", "/checkout", content=b"\x00sku=1", headers={"Cookie": "session=1; look=dark"}
    )

    assert (request.method, request.content) == ("POST", b"\x00sku=1")
    assert request.headers["cookie"] == "session=1; look=dark"


def test_addresses_are_appended_to_x_forwarded_for_and_host_is_the_apis() -> None:
    request = forwarded("GET", "/", headers={"X-Forwarded-For": "203.0.113.9"})

    assert request.headers["host"] == "cloud"
    assert request.headers.get_list("x-forwarded-for") == ["203.0.113.9, 127.0.0.1, 127.0.0.1"]
    assert request.headers["x-forwarded-proto"] == "http"


def test_hop_by_hop_headers_are_not_forwarded() -> None:
    request = forwarded("GET", "/", headers={"Connection": "keep-alive", "TE": "trailers"})

    assert not {"te", "keep-alive"} & set(request.headers)


def test_each_set_cookie_header_is_returned() -> None:
    cookies = [("Set-Cookie", "a=1; HttpOnly"), ("Set-Cookie", "b=2")]

    response = a_forwarder_to(responding(303, cookies)).get("/")

    assert response.status_code == 303
    assert response.headers.get_list("set-cookie") == ["a=1; HttpOnly", "b=2"]


def test_compressed_body_stays_compressed() -> None:
    compressed = gzip.compress(b"vases" * 100)
    headers = {"Content-Encoding": "gzip", "Transfer-Encoding": "chunked"}

    response = a_forwarder_to(responding(200, headers, compressed)).get("/")

    assert response.text == "vases" * 100
    assert response.headers["content-length"] == str(len(compressed))
    assert "transfer-encoding" not in response.headers


def test_unavailable_api_gives_a_page_that_reloads_itself() -> None:
    def unavailable(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    response = a_forwarder_to(unavailable).get("/")

    assert response.status_code == 502
    assert 'http-equiv="refresh"' in response.text
    assert response.headers["cache-control"] == "no-store"


class ConcurrencyCounter(BaseHTTPRequestHandler):
    """Responds once the maximum number of requests is there, and counts concurrent requests."""

    barrier = Barrier(MAX_CONCURRENT_REQUESTS, timeout=30)
    current: ClassVar[list[int]] = []
    counts: ClassVar[list[int]] = []

    def do_GET(self) -> None:
        self.current.append(1)
        self.barrier.wait()
        self.counts.append(len(self.current))
        self.barrier.wait()
        self.current.pop()
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_concurrent_requests_are_limited_and_none_is_rejected() -> None:
    forwarder, server = ApiForwarder(), ThreadingHTTPServer(("127.0.0.1", 0), ConcurrencyCounter)
    forwarder.api = f"http://127.0.0.1:{server.server_port}"
    app = Starlette(routes=[Route("/{path:path}", forwarder.forward)])

    async def send_all() -> list[httpx.Response]:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://localhost"
        ) as browser:
            return await asyncio.gather(
                *(browser.get("/") for _ in range(3 * MAX_CONCURRENT_REQUESTS))
            )

    Thread(target=server.serve_forever, daemon=True).start()
    responses = run_coroutine(send_all())
    server.shutdown()

    assert {it.status_code for it in responses} == {204}
    assert set(ConcurrencyCounter.counts) == {MAX_CONCURRENT_REQUESTS}
