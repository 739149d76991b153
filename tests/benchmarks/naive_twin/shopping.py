"""Customers of the twin, with the same three items and the same form."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, cycle
from typing import Any

import httpx

from tests.benchmarks.cost.browsing import a_browser
from tests.benchmarks.cost.cloud import CountingCloud
from tests.benchmarks.cost.design import Consumer, Design
from tests.benchmarks.cost.shopping import LINES_PER_ORDER, UNLIMITED_STOCK, products
from tests.benchmarks.naive_twin import tables
from tests.benchmarks.naive_twin.consumers import analytics, email, inventory
from tests.benchmarks.naive_twin.web import handler
from tests.benchmarks.naive_twin.workflow import SIX_STATES, STEPS
from tests.simulation.simulator.dynamodb import shared_store

FORM = {
    "email": "check@example.com",
    "name": "Check Mate",
    "street": "Torstraße 1",
    "postal_code": "10119",
    "city": "Berlin",
    "country": "DE",
    "payment_method": "pm_succeeds",
}


def naive_design(machine: Mapping[str, Any]) -> Design:
    types = frozenset({"OrderPlaced"})
    consumers = {"email": email, "analytics": analytics, "inventory": inventory}
    return Design(
        name="naive twin",
        web=handler,
        consumers={name: Consumer(it, types) for name, it in consumers.items()},
        machine=machine,
        steps=STEPS,
    )


@dataclass
class NaiveShop:
    """The twin with the same catalog."""

    cloud: CountingCloud

    def __post_init__(self) -> None:
        self._skus = cycle(it["sku"] for product in products() for it in product["variants"])
        self._customers = count(1)

    def fill_cart(self) -> httpx.Client:
        browser = a_browser(self.cloud)
        browser.cookies.set("customer", f"customer-{next(self._customers):08}")
        for _ in range(LINES_PER_ORDER):
            line = {"product_id": next(self._skus), "quantity": 1}
            browser.post("/cart", json=line).raise_for_status()
        return browser

    def place_order(self, cart: httpx.Client) -> str:
        response = cart.post("/checkout", json=FORM).raise_for_status()
        return f"/orders/{response.json()['order_id']}"

    def pages(self) -> Iterator[tuple[str, httpx.Client, str]]:
        browser = self.fill_cart()
        yield "home", browser, "/"
        yield "product", browser, f"/products/{products()[0]['variants'][0]['sku']}"
        yield "cart", browser, "/cart"
        order_page = self.place_order(browser)
        self.cloud.settle(batch=10)
        yield "order", browser, order_page


@contextmanager
def naive_shop(machine: Mapping[str, Any] = SIX_STATES) -> Iterator[NaiveShop]:
    tables.create_tables()
    cloud = CountingCloud(naive_design(machine), shared_store())
    with cloud.installed():
        _create_products()
        cloud.meter.counts.clear()
        cloud.meter.writes_by_key.clear()
        yield NaiveShop(cloud)


def _create_products() -> None:
    """A row for each variant, in one language."""
    for product in products():
        for variant in product["variants"]:
            image_id = variant.get("image_id") or product["images"][0]["image_id"]
            row = {
                "product_id": variant["sku"],
                "name": f"{product['title']}, {variant['name']}",
                "description": product["blurb"],
                "category": product["category"],
                "price": product["price"],
                "currency": "EUR",
                "stock": UNLIMITED_STOCK,
                "image_url": f"https://naive-shop-images.s3.us-east-1.amazonaws.com/{image_id}.webp",
                "tags": product.get("tags", []),
                "created_at": "2026-11-01T12:00:00+00:00",
                "updated_at": "2026-11-01T12:00:00+00:00",
            }
            tables.put(tables.PRODUCTS, row)
