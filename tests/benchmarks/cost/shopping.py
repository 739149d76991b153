"""Customers of our shop: add three items to the cart, fill in the checkout form and pay."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from html import unescape
from itertools import count, cycle
from typing import Any

import httpx

from app.catalog import catalog_cache
from app.orders.checkout import REVIEW_THRESHOLD
from infra.local.form_client import Shopper
from infra.local.seed import SEED_DATA
from infra.local.seed_products import create_seed_product
from tests.benchmarks.cost.browsing import BASE_URL, GatewayTransport
from tests.benchmarks.cost.cloud import CountingCloud
from tests.benchmarks.cost.design import our_design
from tests.fake_clouds import replace_settings
from tests.process_caches import empty_caches
from tests.simulation.simulator.dynamodb import parameter, shared_store
from tests.simulation.simulator.run import SETTINGS

LINES_PER_ORDER = 3
UNLIMITED_STOCK = 1_000_000
POLL = {"HX-Request": "true", "HX-Request-Type": "partial"}


@cache
def products() -> tuple[dict[str, Any], ...]:
    """The demo catalog, with stock so high that nothing sells out or runs low."""
    products = json.loads((SEED_DATA / "products.json").read_text())["products"]
    for product in products:
        for variant in product["variants"]:
            variant["stock"] = UNLIMITED_STOCK
    return tuple(products)


@dataclass
class OurShop:
    """Our shop with the demo catalog. Each order has a new customer, network, and no review."""

    cloud: CountingCloud

    def __post_init__(self) -> None:
        affordable = [
            product
            for product in products()
            if product["price"] * LINES_PER_ORDER < REVIEW_THRESHOLD
        ]
        self._customers = count(1)
        self._skus = cycle(it["sku"] for product in affordable for it in product["variants"])

    def fill_cart(self) -> tuple[Shopper, dict[str, str]]:
        customer = next(self._customers)
        address = f"10.{customer >> 16 & 255}.{customer >> 8 & 255}.{customer & 255}"
        shopper = Shopper(BASE_URL, GatewayTransport(self.cloud, address))
        for _ in range(LINES_PER_ORDER):
            shopper.add_to_cart(next(self._skus))
        form = shopper.fill_in_checkout("pm_succeeds")
        return shopper, form | {"email": f"customer-{customer:06}@example.com"}

    def place_order(self, cart: tuple[Shopper, dict[str, str]]) -> str:
        """Submit the checkout form and return the path of the order's page."""
        shopper, form = cart
        return f"/orders/{shopper.pay(form)}"

    def pages(self) -> Iterator[tuple[str, httpx.Client, str]]:
        """Pages of a warm function, whose catalog cache was filled in the last half minute."""
        shopper, form = self.fill_cart()
        browser = shopper.browser
        catalog_cache.clear_cache()
        yield "home, catalog not cached", browser, "/"
        yield "home", browser, "/"
        yield "product list", browser, "/products?in_stock=yes"
        yield "product", browser, f"/products/{products()[0]['slug']}"
        yield "cart", browser, "/cart"
        yield "checkout", browser, "/checkout"
        order_page = f"/orders/{shopper.pay(form)}"
        self.cloud.settle(batch=10)
        yield "order", browser, order_page

    def requests(self) -> Iterator[tuple[str, Callable[[], httpx.Response]]]:
        """One request of each kind that visits make, by the load test's name of it."""
        shopper, form = self.fill_cart()
        browser, sku = shopper.browser, next(self._skus)
        yield "Home", partial(browser.get, "/")
        yield "Product list", partial(browser.get, "/products?in_stock=yes")
        yield "Search", partial(browser.get, "/search?q=vase")
        yield "Product", partial(browser.get, f"/products/{products()[0]['slug']}")
        yield "Add to cart", partial(browser.post, "/cart", data={"sku": sku, "quantity": "1"})
        yield "Cart", partial(browser.get, "/cart")
        yield (
            "Remove from cart",
            partial(browser.post, f"/cart/lines/{sku}", data={"quantity": "0"}),
        )
        yield "Checkout", partial(browser.get, "/checkout")
        current = shopper.fill_in_checkout("pm_succeeds") | {"email": form["email"]}
        order_page = f"/orders/{shopper.pay(current)}"
        page = browser.get(order_page)
        yield "Order", partial(browser.get, order_page)
        poll = unescape(page.text.partition(' hx-get="')[2].partition('"')[0])
        yield "Poll of the order page", partial(browser.get, poll, headers=POLL)
        yield "Cancel", partial(browser.post, f"{order_page}/cancel")


@contextmanager
def our_shop() -> Iterator[OurShop]:
    shared_store().clear()
    cloud = CountingCloud(our_design(), shared_store())
    settings = SETTINGS | {
        "packing_seconds": str(parameter({"Ref": "PackingSeconds"})),
        "emails_per_address": str(parameter({"Ref": "EmailsPerAddress"})),
        "base_url": BASE_URL,
        "consumer_queue_urls": "email=email analytics=analytics inventory=inventory",
    }
    with empty_caches(), replace_settings(**settings), cloud.installed():
        for position, product in enumerate(products(), 1):
            create_seed_product(product, position)
        cloud.settle(batch=10)
        cloud.meter.counts.clear()
        cloud.meter.writes_by_key.clear()
        yield OurShop(cloud)
    catalog_cache.clear_cache()
