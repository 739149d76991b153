"""What each page costs: round trips, read units, bytes, CPU time and work, in one warm process."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO

from tests.benchmarks.cost.browsing import a_browser
from tests.benchmarks.scale.catalogs import LargeShop, email_of, large_shop
from tests.benchmarks.scale.work import counted_calls

MAX_ROUND_TRIPS, MAX_READ_UNITS, MAX_BYTES = 5, 30, 200_000
REPETITIONS = 10
ROW = re.compile(r"<(?:tr|li)\b")
ORDER_PAGES = {
    "admin: orders of an address": "/admin/orders?email={email}",
    "admin: order list": "/admin/orders",
    "admin: order board": "/admin",
    "admin: open orders": "/admin/orders?status=open",
    "admin: orders to pack": "/admin/orders?status=paid",
    "admin: declined orders": "/admin/orders?status=declined",
    "admin: orders of a product": "/admin/orders?sku={sku}",
    "admin: open orders of a product": "/admin/orders?sku={sku}&status=open",
    "admin: sales": "/admin/sales",
    "admin: reviews": "/admin/reviews",
    "admin: packing": "/admin/packing",
}
CURRENT = {  # pages of shoppers and merchants that read what they show
    "home": "/",
    "product list": "/products",
    "product list, in stock": "/products?in_stock=yes&sort=price-up",
    "search": "/search?q=vase",
    "category": "/products?category=Category+3",
    "product": "/products/{slug}",
    "admin: products": "/admin/products",
    "admin: products, second page": "/admin/products?after={slug}",
    "admin: product": "/admin/products/{slug}",
    "admin: edit product": "/admin/products/{slug}/edit",
    "admin: low stock": "/admin/products?show=low-stock",
    "admin: drafts": "/admin/products?show=drafts",
    "admin: products by word": "/admin/products?find=vase+number",
    "admin: product order": "/admin/product-order",
    "admin: product order, category": "/admin/product-order?category=Category+3",
    **ORDER_PAGES,
}


@dataclass(frozen=True)
class PageCost:
    """The cost of one view of a page by a warm function, without the CPU time of DynamoDB."""

    name: str
    round_trips: int
    read_units: float
    size: int  # bytes of HTML, before compression
    cpu_ms: float
    rows: int = 0  # of tables and lists
    calls: int = 0  # of functions, which measures the work without other processes

    @property
    def is_within_bounds(self) -> bool:
        return (
            self.round_trips <= MAX_ROUND_TRIPS
            and self.read_units <= MAX_READ_UNITS
            and self.size <= MAX_BYTES
        )


def measure_pages(
    products: int, orders: int, paths: dict[str, str], *, repetitions: int = REPETITIONS
) -> dict[str, PageCost]:
    """The CPU time is that of the shortest of the repetitions."""
    with large_shop(products, orders) as large, redirect_stderr(StringIO()):
        return {cost.name: cost for cost in _measure(large, paths, repetitions)}


def _measure(large: LargeShop, paths: dict[str, str], repetitions: int) -> Iterator[PageCost]:
    browser = a_browser(large.cloud)
    browser.headers.update({"Cookie": large.cookie, "Accept-Encoding": "identity"})
    for name, template in paths.items():
        path = template.format(slug=large.slug, sku=large.sku, email=email_of(0))
        browser.get(path).raise_for_status()  # fills the caches of a warm function
        with large.cloud.meter.separate() as meter:
            answer = browser.get(path)
        trips = _logged_round_trips(large.cloud.output)
        times = []
        for _ in range(repetitions):
            waited, began = large.cloud.store_seconds, time.process_time()
            browser.get(path)
            times.append(time.process_time() - began - (large.cloud.store_seconds - waited))
        with counted_calls() as counter:
            browser.get(path)
        yield PageCost(
            name,
            trips,
            meter.per(1).get("read_units", 0),
            size=len(answer.content),
            cpu_ms=min(times) * 1000,
            rows=len(ROW.findall(answer.text)),
            calls=counter.calls,
        )


def _logged_round_trips(output: str) -> int:
    """Those of the access log, in which parallel reads are one round trip."""
    lines = (json.loads(line) for line in output.splitlines() if line.startswith("{"))
    return sum(line.get("round_trips", 0) for line in lines)
