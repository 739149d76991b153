"""Lazy loading: the modules of some routes are imported when one of their paths is requested."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient

from app.web.application import build_app
from app.web.lazy_router import LazyRouter, first_segment, loaded_routers
from app.web.security.authorization import PUBLIC, routes_of
from app.web.storefront.routers import (
    LOCALIZED_ROUTERS,
    STOREFRONT_ERROR_PAGES,
    STOREFRONT_ROUTERS,
)
from infra.build.bundles import ROOT

LAZY = [it for it in STOREFRONT_ROUTERS if isinstance(it, LazyRouter)]
PATHS = sorted(
    {it.path for router in loaded_routers(STOREFRONT_ROUTERS) for it in routes_of(router)}
)


class CountingLoad:
    """Loads one router, and counts how often."""

    def __init__(self, router: APIRouter) -> None:
        self.router = router
        self.count = 0

    def __call__(self) -> Sequence[APIRouter]:
        self.count += 1
        return [self.router]


def a_router(path: str, *, dependencies: Sequence[object] = (PUBLIC,)) -> APIRouter:
    router = APIRouter(dependencies=[*dependencies])  # type: ignore[list-item]

    @router.get(path)
    def show() -> dict[str, str]:
        return {"shown": path}

    return router


def a_client(load: Callable[[], Sequence[APIRouter]], *segments: str) -> TestClient:
    app = build_app([LazyRouter(load, segments=segments)])
    return TestClient(app, base_url="https://testserver", raise_server_exceptions=False)


def test_routes_are_loaded_once_at_the_first_request_for_one_of_their_paths() -> None:
    load = CountingLoad(a_router("/orders/{order_id}"))
    client = a_client(load, "orders")
    assert load.count == 0

    answers = [client.get(f"/orders/{number}") for number in (1, 2)]

    assert [it.json() for it in answers] == [{"shown": "/orders/{order_id}"}] * 2
    assert load.count == 1


def test_concurrent_first_requests_load_the_routes_once() -> None:
    """In a function there is one request at a time; tests call its handler from several threads."""
    load, both = CountingLoad(a_router("/orders")), Barrier(2)

    def load_slowly() -> Sequence[APIRouter]:
        with suppress(BrokenBarrierError):
            both.wait(0.5)
        return load()

    client = a_client(load_slowly, "orders")
    with ThreadPoolExecutor(2) as threads:
        answers = [*threads.map(client.get, ["/orders"] * 2)]

    assert [it.status_code for it in answers] == [200, 200]
    assert load.count == 1


@pytest.mark.parametrize("path", ["/", "/products", "/orders-of-others", "//orders", "/x/orders"])
def test_another_path_loads_no_lazy_router(path: str) -> None:
    load = CountingLoad(a_router("/orders"))

    assert a_client(load, "orders").get(path).status_code == 404
    assert load.count == 0


def test_a_lazily_loaded_route_without_an_access_policy_is_never_served() -> None:
    client = a_client(CountingLoad(a_router("/orders", dependencies=())), "orders")

    assert [client.get("/orders").status_code for _ in range(2)] == [500, 500]


@pytest.mark.parametrize("router", LAZY, ids=lambda router: min(router.segments))
def test_segments_of_a_lazy_router_are_those_of_its_paths(router: LazyRouter) -> None:
    paths = [route.path for loaded in router.load() for route in routes_of(loaded)]

    assert router.segments == {first_segment(path) for path in paths}


@pytest.mark.parametrize("method", ["OPTIONS", "PUT"])
def test_lazy_routes_answer_other_methods_as_the_loaded_ones(method: str) -> None:
    lazy, loaded = (
        TestClient(
            build_app(routers, localized=LOCALIZED_ROUTERS, error_pages=STOREFRONT_ERROR_PAGES),
            base_url="https://testserver",
            raise_server_exceptions=False,
        )
        for routers in (STOREFRONT_ROUTERS, [*loaded_routers(STOREFRONT_ROUTERS)])
    )

    for path in (*PATHS, "/unknown", "/orders/1/unknown"):
        headers = {"Origin": "https://testserver"}
        answers = [
            it.request(method, path, headers=headers, follow_redirects=False)
            for it in (lazy, loaded)
        ]
        first, second = [(it.status_code, it.headers.get("Allow")) for it in answers]
        assert first == second, path


LOADED_MODULES = """
import sys
import app.lambda_handler
print(*(it for it in sys.modules if it.startswith("app.web.")))
"""


def loaded_at_start(initialization_type: str) -> set[str]:
    """The modules below `app.web` that the web function imports when it starts."""
    variables = {**os.environ, "AWS_LAMBDA_INITIALIZATION_TYPE": initialization_type}
    done = subprocess.run(
        [sys.executable, "-c", LOADED_MODULES],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


LAZY_MODULES = {
    *(f"app.web.storefront.{it}" for it in ("checkout", "orders", "account", "information")),
    *("app.web.storefront.well_known", "app.web.api.orders", "app.web.api.webhooks"),
}


def test_a_start_that_a_request_waits_for_imports_the_first_pages_only() -> None:
    modules = loaded_at_start("on-demand")

    assert {f"app.web.storefront.{it}" for it in ("home", "products", "cart")} <= modules
    assert not LAZY_MODULES & modules


def test_a_start_with_provisioned_concurrency_imports_all_routes() -> None:
    assert loaded_at_start("provisioned-concurrency") >= LAZY_MODULES
