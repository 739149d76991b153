"""The cache of the local proxy: what CloudFront keeps, for how long, and what it never mixes up."""

from collections.abc import Mapping

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.local import edge_cache
from infra.local.edge_cache import EdgeCache
from tests.unit.infra.visitor import Visitor

CACHED = "public, max-age=0, s-maxage=30, stale-while-revalidate=30"
METHODS = ["GET", "HEAD", "POST"]


class Api:
    """An API that counts its requests, and says what it got in its response."""

    def __init__(self) -> None:
        self.now, self.status, self.caching = 0.0, 200, CACHED
        self.extra_headers: dict[str, str] = {}
        self.body = ""
        self.requests: list[Request] = []
        self.cache = EdgeCache(self.fetch, clock=lambda: self.now)
        app = Starlette(routes=[Route("/{path:path}", self.cache.respond, methods=METHODS)])
        self.visitor = Visitor(app)

    async def fetch(self, request: Request) -> Response:
        self.requests.append(request)
        cookie = request.headers.get("cookie", "none")
        text = self.body or f"{len(self.requests)}: {request.url.query} {cookie}"
        headers = {"Cache-Control": self.caching, "ETag": '"tag"', **self.extra_headers}
        return Response(text, self.status, headers)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> str:
        return self.visitor.get(path, headers=dict(headers or {})).text

    def states(self, *paths: str) -> list[str]:
        """The first word of ``X-Cache`` of each."""
        return [self.visitor.get(it).headers["x-cache"].split()[0] for it in paths]


@pytest.fixture
def api() -> Api:
    return Api()


def test_second_visitor_gets_the_stored_page(api: Api) -> None:
    first, second = api.visitor.get("/products"), api.visitor.get("/products")

    assert first.text == second.text
    assert first.headers["x-cache"] == "Miss from the local proxy"
    assert (second.headers["x-cache"], second.headers["age"]) == ("Hit from the local proxy", "0")
    assert len(api.requests) == 1


def test_stale_page_is_served_once_more_and_fetched_again(api: Api) -> None:
    first = api.get("/")
    api.now = 31

    assert api.get("/") == first
    assert len(api.requests) == 2
    assert api.get("/") != first


def test_page_is_not_served_after_its_time(api: Api) -> None:
    first = api.get("/")
    api.now = 60

    assert api.get("/") != first


def test_key_is_the_path_and_the_parameters_that_the_page_reads(api: Api) -> None:
    first = api.get("/products?page=2&utm_source=x")

    assert api.get("/products?page=2&utm_source=y&q=z") == first
    assert api.requests[0].url.query == "page=2"
    assert api.get("/products?page=3") != first
    assert api.get("/de/products?page=2") != first
    assert api.get("/products/a?sku=1") != api.get("/products/a?sku=2")
    assert api.get("/search?q=pot") != api.get("/search?q=bowl")


def test_cookies_reach_no_cached_page(api: Api) -> None:
    assert api.get("/", {"Cookie": "visitor=ada"}).endswith("none")
    assert api.get("/cart", {"Cookie": "visitor=ada"}).endswith("visitor=ada")


@pytest.mark.parametrize(
    "path",
    [
        *("/cart", "/account", "/account/x.css", "/orders/..%2fproducts", "/products%2f..%2fcart"),
        *("/cart/products", "/de/cart", "/api/products", "/Products", "/productsx", "/visitor"),
    ],
)
def test_other_path_is_never_cached_whatever_the_api_says(api: Api, path: str) -> None:
    assert api.states(path, path) == ["Miss", "Miss"]


@pytest.mark.parametrize(
    "caching", ["no-store", "private, no-cache", "public, max-age=60", "", "s-maxage=0"]
)
def test_response_is_cached_only_if_it_allows_a_shared_cache(api: Api, caching: str) -> None:
    api.caching = caching

    assert api.states("/", "/") == ["Miss", "Miss"]


def test_errors_are_not_cached(api: Api) -> None:
    api.status = 404

    assert api.states("/products/a", "/products/a") == ["Miss", "Miss"]


def test_fragment_has_a_key_of_its_own(api: Api) -> None:
    page = api.get("/products")

    assert api.get("/products", {"HX-Request-Type": "partial"}) != page
    assert api.get("/products", {"HX-Request-Type": "partial", "HX-Target": "x"}) != page


def test_compressed_and_plain_bodies_are_kept_apart(api: Api) -> None:
    plain = api.get("/", {"Accept-Encoding": "identity"})

    assert api.get("/", {"Accept-Encoding": "br, gzip"}) != plain
    assert api.requests[1].headers["accept-encoding"] == "gzip"


def test_other_methods_are_forwarded(api: Api) -> None:
    api.get("/")

    assert api.visitor.post("/").headers["x-cache"].startswith("Miss")
    assert len(api.requests) == 2


def test_unchanged_page_is_not_sent_again(api: Api) -> None:
    api.get("/")

    again = api.visitor.get("/", headers={"If-None-Match": '"tag"'})

    assert (again.status_code, again.content) == (304, b"")


def test_cached_page_sets_no_cookie(api: Api) -> None:
    api.extra_headers = {"Set-Cookie": "visitor=ada"}
    api.get("/")

    assert "set-cookie" not in api.visitor.get("/").headers


def test_memory_is_bounded(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge_cache, "MAX_BYTES", 100)
    api.body = "x" * 60
    api.states("/products/a", "/products/b")

    assert api.states("/products/b") == ["Hit"]
    assert api.states("/products/a") == ["Miss"]


def test_large_body_is_not_stored(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge_cache, "MAX_BODY_BYTES", 10)
    api.body = "x" * 11

    assert api.states("/", "/") == ["Miss", "Miss"]


def test_new_deployment_forgets_all_pages(api: Api) -> None:
    api.get("/")
    api.cache.clear()

    assert api.states("/") == ["Miss"]
