"""Attacks on the port of the local shop, byte by byte."""

from collections.abc import Iterator

import httpx
import pytest

from infra.local.cloud import LocalCloud
from infra.local.console.pages import console_routes
from infra.local.ports import bind_port, find_free_port
from infra.local.proxy import LocalProxy
from tests.unit.infra.local.test_api_forwarder import Body
from tests.unit.infra.raw_http import send_raw

MAILBOX = "_ministack/ses/messages"


@pytest.fixture(scope="module")
def port(cloud: LocalCloud) -> Iterator[int]:
    """The port of a proxy whose API does not exist; a forwarded request gets the cloud's 404."""
    proxy, port = LocalProxy(cloud, console=console_routes(cloud)), find_free_port()
    proxy.set_origins("00000000", "no-media")
    listener = bind_port(port, "--port")
    listener.listen()  # requests wait until the proxy's thread runs
    with proxy.serve(listener):
        yield port


@pytest.mark.parametrize(
    "target",
    [
        f"/../../../../{MAILBOX}",
        f"/%2e%2e/%2e%2e/%2e%2e/%2e%2e/{MAILBOX}",
        f"/..%2f..%2f..%2f../{MAILBOX}",
        f"/%252e%252e/%252e%252e/%252e%252e/%252e%252e/{MAILBOX}",
        f"/media/../../../../../{MAILBOX}",
        f"/static/dev/../../../../../../{MAILBOX}",
        f"/console/../../../../../{MAILBOX}?account=1",
        "/.",
    ],
)
def test_dot_segments_do_not_leave_the_shop(port: int, target: str) -> None:
    status, response = send_raw(port, target)

    assert status == 400
    assert b"dot segment" in response


@pytest.mark.parametrize("target", ["/%00", "/static/dev/%00", "/media/%00.webp", "/a%2500"])
def test_nul_in_a_path_is_refused(port: int, target: str) -> None:
    assert send_raw(port, target)[0] == 400


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "http://localhost/console"),
        ("GET", "http://evil.example/console"),
        ("POST", "https://localhost/orders"),
        ("OPTIONS", "*"),
        ("CONNECT", "evil.example:443"),
    ],
)
def test_targets_other_than_a_path_are_refused(port: int, method: str, target: str) -> None:
    assert send_raw(port, target, method=method)[0] == 400


@pytest.mark.parametrize("path", ["/", "/console", "/static/dev/shop.css", "/media/x", "/orders"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.nip.io", ""])
def test_dns_rebinding_reads_nothing(port: int, path: str, host: str) -> None:
    assert send_raw(port, path, Host=host)[0] == 400


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_ordinary_request_is_served(port: int, host: str) -> None:
    assert send_raw(port, "/console", Host=f"{host}:{port}")[0] == 200
    assert send_raw(port, "/orders/a..b", Host=host)[0] == 404


def test_client_cannot_choose_its_network(cloud: LocalCloud) -> None:
    """The server must not take the client's address from the header, as it can behind a proxy."""
    requests: list[httpx.Request] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(204, stream=Body(b""))

    api = httpx.MockTransport(answer)
    proxy, port = LocalProxy(cloud, transport=api), find_free_port()
    proxy.set_origins("00000000", "no-media")
    listener = bind_port(port, "--port")
    listener.listen()

    with proxy.serve(listener):
        httpx.get(f"http://localhost:{port}/", headers={"X-Forwarded-For": "203.0.113.9"})

    assert requests[0].headers["x-forwarded-for"] == "203.0.113.9, 127.0.0.1, 127.0.0.1"
