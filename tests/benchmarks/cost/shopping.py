"""A customer of our shop: puts three pieces into the cart, fills in the form and pays."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count, cycle
from typing import Any

import httpx

from app.catalog import catalog_cache
from app.orders.checkout import REVIEW_ABOVE
from infra.local.form_client import Shopper
from infra.local.seed import CATALOGUE
from infra.local.seed_products import put_on_the_shelf
from tests.benchmarks.cost.browsing import ADDRESS, Gateway
from tests.benchmarks.cost.cloud import CountingCloud
from tests.benchmarks.cost.design import ours
from tests.fake_clouds import told
from tests.simulation.simulator.dynamodb import the_store
from tests.simulation.simulator.run import SETTINGS

LINES = 3
PLENTY = 1_000_000


@cache
def pieces() -> tuple[dict[str, Any], ...]:
    """The demo catalogue, with so much of each that nothing sells out or runs low."""
    products = json.loads((CATALOGUE / "products.json").read_text())["products"]
    for product in products:
        for variant in product["variants"]:
            variant["stock"] = PLENTY
    return tuple(products)


@dataclass
class OurShop:
    """Open, with full shelves. Each order is by somebody new, and too small to need a review."""

    cloud: CountingCloud

    def __post_init__(self) -> None:
        usual = [piece for piece in pieces() if piece["price"] * LINES < REVIEW_ABOVE]
        self._customers = count(1)
        self._skus = cycle(it["sku"] for piece in usual for it in piece["variants"])

    def fill_a_cart(self) -> tuple[Shopper, dict[str, str]]:
        shopper = Shopper(ADDRESS, Gateway(self.cloud))
        for _ in range(LINES):
            shopper.put_in_cart(next(self._skus))
        form = shopper.fill_in("pm_succeeds")
        return shopper, form | {"email": f"customer-{next(self._customers):06}@example.com"}

    def place(self, cart: tuple[Shopper, dict[str, str]]) -> str:
        """Press the button; the way to the order's page."""
        shopper, form = cart
        return f"/orders/{shopper.pay(form)}"

    def pages(self) -> Iterator[tuple[str, httpx.Client, str]]:
        """What a warm function is asked for: it has read the catalogue in the last half minute."""
        shopper, form = self.fill_a_cart()
        browser = shopper.browser
        catalog_cache.forget()
        yield "home, catalogue not read yet", browser, "/"
        yield "home", browser, "/"
        yield "shelf", browser, "/shelf?in_stock=yes"
        yield "product", browser, f"/products/{pieces()[0]['slug']}"
        yield "cart", browser, "/cart"
        yield "checkout", browser, "/checkout"
        order_page = f"/orders/{shopper.pay(form)}"
        self.cloud.settle(batch=10)
        yield "order", browser, order_page


@contextmanager
def our_shop() -> Iterator[OurShop]:
    the_store().clear()
    catalog_cache.forget()
    cloud = CountingCloud(ours(), the_store())
    at_once = SETTINGS | {"packing_seconds": "0", "base_url": ADDRESS}
    with told(**at_once), cloud.taken_over():
        for position, piece in enumerate(pieces(), 1):
            put_on_the_shelf(piece, position)
        cloud.settle(batch=10)
        cloud.meter.counts.clear()
        cloud.meter.written.clear()
        yield OurShop(cloud)
    catalog_cache.forget()
