"""HTTP as RFC 9110 says: ``gzip;q=0`` was compressed, starlette#3495."""

import gzip
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from app.main import ROUTERS
from app.web.http.compression import Codings, accepted_codings
from app.web.security.authorization import routes_of
from infra.local.cloud import LocalCloud
from infra.local.proxy import LocalProxy
from tests.unit.infra.local.test_api_forwarder import Body
from tests.unit.infra.visitor import Visitor

LARGE, SMALL = "/products", "/healthz"  # more and less than the 1,000 bytes worth compressing
CODINGS = {
    "gzip": "gzip",
    "gzip, deflate, br, zstd": "gzip",
    "GZIP": "gzip",
    "x-gzip": "gzip",
    "*": "gzip",
    "gzip;q=0.5, br": "gzip",
    "gzip;q=0.001": "gzip",
    "gzip ; Q=1.000": "gzip",
    "br;q=1.0, gzip;q=0.8, *;q=0.1": "gzip",
    "identity;q=0.5, gzip;q=1.0": "gzip",
    "identity;q=0, gzip": "gzip",
    "identity;q=0, *": "gzip",
    "*;q=0, gzip;q=0.1": "gzip",
    "": "identity",
    "gzip;q=0": "identity",
    "gzip;q=0.0": "identity",
    "gzip;q=0.000, *": "identity",
    "GZip; q=0": "identity",
    "x-gzip;q=0": "identity",
    "br": "identity",
    "notgzip": "identity",
    "identity": "identity",
    "identity, gzip;q=0.5": "identity",
    "*;q=0, identity": "identity",
    "gzip;q=2": "identity",
    "gzip;q=": "identity",
    "gzip;q=-1": "identity",
    "gzip;q=nan": "identity",
    ";q=0,,;": "identity",
    "*;q=0": "none",
    "identity;q=0": "none",
    "identity;q=0, gzip;q=0": "none",
    "br, *;q=0": "none",
}


def coding_of(response: httpx.Response) -> str:
    if response.status_code == 406:
        return "none"
    return str(response.headers.get("content-encoding", "identity"))


@pytest.mark.parametrize(("header", "coding"), CODINGS.items())
def test_response_has_a_coding_that_the_client_accepts(
    browser: TestClient, header: str, coding: str
) -> None:
    response = browser.get(LARGE, headers={"Accept-Encoding": header})

    assert coding_of(response) == coding
    assert "Accept-Encoding" in response.headers["vary"]


def test_response_without_the_header_is_not_compressed(browser: TestClient) -> None:
    del browser.headers["Accept-Encoding"]

    assert coding_of(browser.get(LARGE)) == "identity"


def test_repeated_header_is_one_list(browser: TestClient) -> None:
    twice = httpx.Headers([("Accept-Encoding", "gzip"), ("Accept-Encoding", "*;q=0")])

    assert coding_of(browser.get(LARGE, headers=twice)) == "gzip"


def test_small_response_is_compressed_only_if_it_may_not_be_sent_as_it_is(
    browser: TestClient,
) -> None:
    assert coding_of(browser.get(SMALL, headers={"Accept-Encoding": "gzip"})) == "identity"

    response = browser.get(SMALL, headers={"Accept-Encoding": "gzip, identity;q=0"})
    assert coding_of(response) == "gzip"

    empty = browser.post("/theme", headers={"Accept-Encoding": "gzip, identity;q=0"})
    assert empty.content == b"" or coding_of(empty) == "gzip"


def test_request_that_accepts_no_coding_is_refused_before_its_route_runs(
    browser: TestClient,
) -> None:
    response = browser.post(
        "/cart", data={"sku": "A", "quantity": "1"}, headers={"Accept-Encoding": "identity;q=0"}
    )

    assert response.status_code == 406
    assert response.headers["content-type"] == "application/problem+json"
    assert "Allow gzip or identity" in response.json()["detail"]
    assert "set-cookie" not in response.headers


@given(st.text(st.sampled_from("gzip*;=,q01.5 identy-x\t"), max_size=40))
def test_any_header_can_be_read(header: str) -> None:
    accepted = accepted_codings([header])

    assert 0 <= accepted.gzip <= 1
    assert 0 <= accepted.identity <= 1


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_written_qualities_are_read_back(gzip_quality: int, identity_quality: int) -> None:
    header = f"gzip;q={gzip_quality / 1000:.3f}, identity; q={identity_quality / 1000:.3f}, br"

    assert accepted_codings([header]) == Codings(gzip_quality / 1000, identity_quality / 1000)


# --- Allow and OPTIONS ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/cart", "GET, HEAD, OPTIONS, POST"),
        ("PUT", "/checkout", "GET, HEAD, OPTIONS, POST"),
        ("TRACE", "/", "GET, HEAD, OPTIONS"),
        ("GET", "/sign-out", "OPTIONS, POST"),
        ("HEAD", "/sign-out", "OPTIONS, POST"),
        ("GET", "/webhooks/payments", "OPTIONS, POST"),
        ("DELETE", "/api/orders", "GET, HEAD, OPTIONS, POST"),
        ("PATCH", "/api/products/tarn-vase", "GET, HEAD, OPTIONS"),
        ("PUT", "/admin/products", "GET, HEAD, OPTIONS, POST"),
    ],
)
def test_allow_names_every_method_of_the_path(
    browser: TestClient, method: str, path: str, allow: str
) -> None:
    response = browser.request(method, path)

    assert (response.status_code, response.headers["allow"]) == (405, allow)


def test_options_names_the_methods_and_grants_nothing_to_other_sites(browser: TestClient) -> None:
    origin = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}

    response = browser.options("/cart", headers=origin)

    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert not [name for name in response.headers if name.startswith("access-control")]
    assert "content-length" not in response.headers


@pytest.mark.parametrize("path", ["/no-such-page", "/cart/", "//cart", "/products//tarn-vase"])
def test_path_without_a_route_has_no_methods(browser: TestClient, path: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "DELETE"):
        response = browser.request(method, f"http://testserver{path}")
        assert (response.status_code, "allow" in response.headers) == (404, False)


def test_every_route_is_in_the_allow_header_of_its_path(browser: TestClient) -> None:
    for router in ROUTERS:
        for route in routes_of(router):
            allow = browser.options(route.path.replace("{", "").replace("}", "")).headers["allow"]
            assert set(route.methods or ()) <= set(allow.split(", ")), route.path


# --- HEAD, through the local proxy too --------------------------------------------------------


@pytest.fixture
def proxy(tmp_path: Path) -> Visitor:
    """A proxy in front of an API that, like the emulator, sends no length for HEAD."""
    static = tmp_path / "frontend/static"
    static.mkdir(parents=True)
    (static / "shop.css").write_text("a { color: inherit }\n" * 100)

    def api(request: httpx.Request) -> httpx.Response:
        status = int(request.url.path.rpartition("/")[2])
        body = b"" if request.method == "HEAD" or status in (204, 304) else b"a page" * 300
        headers = {"ETag": 'W/"1"', "Vary": "Accept-Encoding", "Content-Type": "text/plain"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            body, headers["Content-Encoding"] = body and gzip.compress(body, mtime=0), "gzip"
        return httpx.Response(status, headers=headers, stream=Body(body))

    stopped = LocalCloud(tmp_path, port=1, web_port=8000)
    shop = LocalProxy(stopped, root=tmp_path, transport=httpx.MockTransport(api))
    shop.set_origins("an-api", "no-bucket")
    return Visitor(shop.app)


@pytest.mark.parametrize("coding", ["gzip", "identity"])
@pytest.mark.parametrize(
    "path", ["/static/1/shop.css", "/static/1/none.css", "/200", "/404", "/304"]
)
def test_head_through_the_proxy_has_the_headers_of_get(
    proxy: Visitor, path: str, coding: str
) -> None:
    headers = {"Accept-Encoding": coding, "Range": "bytes=0-9"}

    get = proxy.get(path, headers={"Accept-Encoding": coding})
    head = proxy.request("HEAD", path, headers=headers)

    assert (head.status_code, head.content) == (get.status_code, b"")
    for name in ("content-length", "content-encoding", "content-type", "etag", "vary"):
        assert head.headers.get(name) == get.headers.get(name), name


@pytest.mark.parametrize("status", [204, 304])
def test_response_without_content_has_no_length(proxy: Visitor, status: int) -> None:
    response = proxy.get(f"/{status}")

    assert (response.status_code, response.content) == (status, b"")
    assert "content-length" not in response.headers
