"""Measure warm requests in this process: CPU time of the shop's code, and round trips."""

import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from io import StringIO
from typing import Any

import httpx
from msgspec import Struct

from tests.benchmarks.cost.browsing import api_gateway_event
from tests.benchmarks.cost.cloud import CountingCloud
from tests.benchmarks.cost.shopping import OurShop, our_shop
from tests.benchmarks.starts.budget import MINIMAL

REPETITIONS = 200
MINIMAL_APP = """
from typing import Any
from fastapi import FastAPI
from mangum import Mangum
app = FastAPI()
@app.get("/api/products/{slug}")
async def product(slug: str) -> dict[str, Any]:
    return {"slug": slug, "title": "Tarn vase", "price": {"amount": 2_450, "currency": "EUR"}}
minimal = Mangum(app, lifespan="off")
"""
PAGES = {
    "JSON, ours: /api/products/{slug}": "/api/products/tarn-vase",
    "home": "/",
    "product": "/products/tarn-vase",
    "product list": "/products?in_stock=yes",
    "cart": "/cart",
}


class WarmRequest(Struct, frozen=True):
    """One kind of request; instructions are in millions, and ``None`` if they are not counted."""

    name: str
    cpu_ms: float
    round_trips: int  # to DynamoDB
    instructions: float | None = None


def measure_warm_requests(times: int = REPETITIONS) -> Iterator[WarmRequest]:
    """The time of DynamoDB is excluded, and that of the SDK, whose network calls are replaced."""
    yield WarmRequest(MINIMAL, _measure_minimal_app(times), 0)
    with our_shop() as shop:
        handler = shop.cloud.design.web
        for name, event in _requests(shop):
            yield _measure(shop.cloud, name, lambda event=event: handler(event, None), times)  # type: ignore[misc]
        yield _measure_orders(shop, times // 4)


def _requests(shop: OurShop) -> Iterator[tuple[str, dict[str, Any]]]:
    shopper, _ = shop.fill_cart()
    for name, path in PAGES.items():
        yield name, api_gateway_event(shopper.browser.build_request("GET", path))


def _measure(cloud: CountingCloud, name: str, ask: Callable[[], Any], times: int) -> WarmRequest:
    with redirect_stderr(StringIO()):
        assert ask()["statusCode"] < 400, name
        before = cloud.calls
        ask()
        trips = cloud.calls - before
        waited, began = cloud.store_seconds, time.process_time()
        for _ in range(times):
            ask()
        took = time.process_time() - began - (cloud.store_seconds - waited)
    return WarmRequest(name, took / times * 1000, trips)


def _measure_orders(shop: OurShop, times: int) -> WarmRequest:
    """Each order needs a cart of its own; only the request that places the order is measured."""
    took, trips = 0.0, 0
    for _ in range(times):
        cart = shop.fill_cart()
        calls, waited, began = shop.cloud.calls, shop.cloud.store_seconds, time.process_time()
        shop.place_order(cart)
        took += time.process_time() - began - (shop.cloud.store_seconds - waited)
        trips = shop.cloud.calls - calls
    return WarmRequest("place order", took / times * 1000, trips)


def _measure_minimal_app(times: int) -> float:
    names: dict[str, Any] = {}
    exec(MINIMAL_APP, names)  # noqa: S102 (our own text, which Callgrind counts too)
    handler = names["minimal"]
    event = minimal_event()
    handler(event, None)
    began = time.process_time()
    for _ in range(times):
        handler(event, None)
    return (time.process_time() - began) / times * 1000


def minimal_event() -> dict[str, Any]:
    return api_gateway_event(httpx.Request("GET", "http://localhost/api/products/tarn-vase"))
