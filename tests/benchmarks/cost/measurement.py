"""Place orders in a design of the shop, and measure the units of each."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from tests.benchmarks.cost.cloud import CountingCloud
from tests.benchmarks.cost.meter import Meter


class Shop(Protocol):
    """A running shop of either design."""

    @property
    def cloud(self) -> CountingCloud: ...

    def fill_cart(self) -> Any: ...

    def place_order(self, cart: Any) -> str: ...

    def pages(self) -> Iterator[tuple[str, httpx.Client, str]]: ...


type OpenShop = AbstractContextManager[Shop]


@dataclass(frozen=True)
class Measurement:
    """The units of a number of orders, from the click on Pay until they are shipped."""

    orders: int
    batch: int
    meter: Meter
    name: str = ""

    @property
    def per_order(self) -> dict[str, float]:
        return self.meter.per(self.orders)


def measure(shop: Shop, orders: int, batch: int, name: str = "") -> Measurement:
    """Place ``batch`` orders at a time, so that consumers handle them in one batch."""
    total = Meter()
    for first in range(0, orders, batch):
        carts = [shop.fill_cart() for _ in range(min(batch, orders - first))]
        with shop.cloud.meter.separate() as meter:
            for cart in carts:
                shop.place_order(cart)
            shop.cloud.settle(batch)
        total.add_all(meter)
    return Measurement(orders, batch, total, name)


def measure_pages(shop: Shop) -> dict[str, dict[str, float]]:
    """The units of one view of each page."""
    counts = {}
    for name, browser, path in shop.pages():
        with shop.cloud.meter.separate() as meter:
            browser.get(path).raise_for_status()
        counts[name] = meter.per(1)
    return counts
