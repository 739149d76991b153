"""What passes through the front door to the API and back."""

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

from infra.local.proxy import MOST_AT_ONCE, Proxy
from tests.unit.infra.visitor import Visitor

type Answer = Callable[[httpx.Request], httpx.Response]


def a_door_before(api: Answer) -> Visitor:
    proxy = Proxy(httpx.MockTransport(api))
    proxy.api = "http://cloud/_aws/execute-api/abc/$default"
    app = Starlette(routes=[Route("/{path:path}", proxy.answer, methods=["GET", "POST"])])
    return Visitor(app)


class Body(httpx.AsyncByteStream):
    """A body that still has to be read, as one from the network."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content


def answering(status: int, headers: Any = (), content: bytes = b"") -> Answer:
    return lambda _: httpx.Response(status, headers=headers, stream=Body(content))


def what_arrives_of(method: str, path: str, **sent: Any) -> httpx.Request:
    arrived: list[httpx.Request] = []

    def api(request: httpx.Request) -> httpx.Response:
        arrived.append(request)
        return answering(204)(request)

    a_door_before(api).request(method, path, **sent)
    return arrived[0]


@pytest.mark.parametrize("path", ["/", "/a%20b%2Fc", "/%C3%BC?x=1&x=2&y=a%2Bb", "/products/"])
def test_path_and_query_arrive_as_they_were_written(path: str) -> None:
    arrived = what_arrives_of("GET", path)

    assert arrived.url.raw_path.decode() == f"/_aws/execute-api/abc/$default{path}"


def test_the_length_that_arrives_is_that_of_the_body_whatever_was_claimed() -> None:
    arrived = what_arrives_of("POST", "/cart", content=b"sku=1", headers={"Content-Length": "500"})

    assert arrived.headers.get_list("content-length") == ["5"]


def test_method_body_and_cookies_arrive() -> None:
    arrived = what_arrives_of(
        "POST", "/checkout", content=b"\x00sku=1", headers={"Cookie": "session=1; look=dark"}
    )

    assert (arrived.method, arrived.content) == ("POST", b"\x00sku=1")
    assert arrived.headers["cookie"] == "session=1; look=dark"


def test_the_api_learns_who_asked_and_its_own_host() -> None:
    arrived = what_arrives_of("GET", "/", headers={"X-Forwarded-For": "203.0.113.9"})

    assert arrived.headers["host"] == "cloud"
    assert arrived.headers.get_list("x-forwarded-for") == ["203.0.113.9", "127.0.0.1"]
    assert arrived.headers["x-forwarded-proto"] == "http"


def test_what_speaks_of_the_connection_stays_behind() -> None:
    arrived = what_arrives_of("GET", "/", headers={"Connection": "keep-alive", "TE": "trailers"})

    assert not {"te", "keep-alive"} & set(arrived.headers)


def test_each_cookie_of_the_answer_comes_through() -> None:
    cookies = [("Set-Cookie", "a=1; HttpOnly"), ("Set-Cookie", "b=2")]

    answer = a_door_before(answering(303, cookies)).get("/")

    assert answer.status_code == 303
    assert answer.headers.get_list("set-cookie") == ["a=1; HttpOnly", "b=2"]


def test_what_is_compressed_stays_compressed() -> None:
    packed = gzip.compress(b"vases" * 100)
    headers = {"Content-Encoding": "gzip", "Transfer-Encoding": "chunked"}

    answer = a_door_before(answering(200, headers, packed)).get("/")

    assert answer.text == "vases" * 100
    assert answer.headers["content-length"] == str(len(packed))
    assert "transfer-encoding" not in answer.headers


def test_while_the_cloud_is_away_visitors_are_asked_to_wait() -> None:
    def away(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there")

    answer = a_door_before(away).get("/")

    assert answer.status_code == 502
    assert 'http-equiv="refresh"' in answer.text
    assert answer.headers["cache-control"] == "no-store"


class Together(BaseHTTPRequestHandler):
    """Answers when as many as may be there at once are there, and counts how many there are."""

    full = Barrier(MOST_AT_ONCE, timeout=30)
    there: ClassVar[list[int]] = []
    most: ClassVar[list[int]] = []

    def do_GET(self) -> None:
        self.there.append(1)
        self.full.wait()
        self.most.append(len(self.there))
        self.full.wait()
        self.there.pop()
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_a_crowd_is_let_in_a_few_at_a_time_and_nobody_is_turned_away() -> None:
    proxy, server = Proxy(), ThreadingHTTPServer(("127.0.0.1", 0), Together)
    proxy.api = f"http://127.0.0.1:{server.server_port}"
    app = Starlette(routes=[Route("/{path:path}", proxy.answer)])

    async def crowd() -> list[httpx.Response]:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://localhost"
        ) as browser:
            return await asyncio.gather(*(browser.get("/") for _ in range(3 * MOST_AT_ONCE)))

    Thread(target=server.serve_forever, daemon=True).start()
    answers = asyncio.run(crowd())
    server.shutdown()

    assert {it.status_code for it in answers} == {204}
    assert set(Together.most) == {MOST_AT_ONCE}
