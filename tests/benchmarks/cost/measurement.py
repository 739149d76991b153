"""Placing orders in a design of the shop, and what each cost."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from tests.benchmarks.cost.cloud import CountingCloud
from tests.benchmarks.cost.meter import Meter


class Shop(Protocol):
    """An open shop of either design."""

    @property
    def cloud(self) -> CountingCloud: ...

    def fill_a_cart(self) -> Any: ...

    def place(self, cart: Any) -> str: ...

    def pages(self) -> Iterator[tuple[str, httpx.Client, str]]: ...


type Opened = AbstractContextManager[Shop]


@dataclass(frozen=True)
class Measured:
    """What so many orders cost, from the press of the button until they are shipped."""

    orders: int
    batch: int
    meter: Meter
    name: str = ""

    @property
    def per_order(self) -> dict[str, float]:
        return self.meter.per(self.orders)


def measure(shop: Shop, orders: int, batch: int, name: str = "") -> Measured:
    """``batch`` of them are placed at the same time, and handled together wherever that can be."""
    total = Meter()
    for first in range(0, orders, batch):
        carts = [shop.fill_a_cart() for _ in range(min(batch, orders - first))]
        with shop.cloud.meter.apart() as meter:
            for cart in carts:
                shop.place(cart)
            shop.cloud.settle(batch)
        total.take_in(meter)
    return Measured(orders, batch, total, name)


def viewed(shop: Shop) -> dict[str, dict[str, float]]:
    """What one view of each page costs."""
    counts = {}
    for name, browser, path in shop.pages():
        with shop.cloud.meter.apart() as meter:
            browser.get(path).raise_for_status()
        counts[name] = meter.per(1)
    return counts
