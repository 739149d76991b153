"""An order with its visits: what shoppers open before one of them buys, and what that bills.

The mix of visits is that of the load test: of fourteen visitors, ten browse, three abandon their
cart and one buys.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.local.prices import total_usd
from tests.benchmarks.cost.report import markdown_table
from tests.benchmarks.cost.shopping import OurShop
from tests.load.journeys import MIX, Visit
from tests.load.plan import CatalogItem

SHARED_PAGES = frozenset({"Home", "Product list", "Search", "Product"})  # CloudFront caches them
POLLS = 11  # of an order page that is open while the order is packed: test_polls.py
# Of a visitor with an empty cache on the page with the most pictures, the home page, without the
# page itself. Measured by tests/browser/checks/page_weight.py.
STATIC_FILES, STATIC_BYTES = 20, 149_000
ROUNDS = 200  # of the mix, since half of its choices are random

type Units = Mapping[str, float]


@dataclass
class CountedVisitor:
    """Takes the place of the load test's visitor, and counts its requests by name."""

    requests: Counter[str] = field(default_factory=Counter)

    def open_page(self, page: str, _path: str) -> None:
        self.requests[page] += 1

    def add_to_cart(self, _item: CatalogItem, **_options: Any) -> None:
        self.requests["Add to cart"] += 1

    def remove_from_cart(self, _item: CatalogItem) -> None:
        self.requests["Remove from cart"] += 1

    def fill_in_checkout(self, *_input: str, **_options: Any) -> dict[str, str]:
        self.requests["Checkout"] += 1
        return {}

    def pay(self, _form: Mapping[str, str], **_options: Any) -> str:
        return "an order"  # the order itself is measured apart

    def cancel(self, _order_id: str) -> None:
        self.requests["Cancel"] += 1


def requests_per_order() -> dict[str, float]:
    """The requests of all visits of the mix, one of which buys, by the name of the page."""
    visitor, rng = CountedVisitor(), random.Random(1)
    item = CatalogItem("a SKU", "a-product")
    visit = Visit("ada@example.com", item, (item,), rng, pause=lambda: None)
    for _ in range(ROUNDS):
        for journey, times in MIX.items():
            for _ in range(times):
                journey(visitor, visit)  # type: ignore[arg-type]
    counted = {name: times / ROUNDS for name, times in visitor.requests.items()}
    return counted | {"Poll of the order page": POLLS}


def measure_requests(shop: OurShop) -> dict[str, Units]:
    """The units of one request of each kind."""
    units: dict[str, Units] = {}
    for name, send in shop.requests():
        with shop.cloud.meter.separate() as meter:
            assert send().status_code < 400, name
        units[name] = meter.per(1)
    return units


def at_the_edge(units: Units) -> dict[str, float]:
    """What is left of a page's units if CloudFront has it: a request and its bytes."""
    return {name: units[name] for name in ("cdn_requests", "bytes_out")}


def visits_table(order: Units, requests: Mapping[str, Units]) -> Iterator[str]:
    """USD per million orders with their visits; no shared page from the cache, and all of them."""
    rows, sums = [("the order itself", "", *([_usd(order)] * 2))], [total_usd(order)] * 2
    for name, times in requests_per_order().items():
        cached = at_the_edge(requests[name]) if name in SHARED_PAGES else requests[name]
        costs = [times * total_usd(it) for it in (requests[name], cached)]
        rows.append((name, f"{times:.1f}", *(f"{it:.2f}" for it in costs)))
        sums = [total + cost for total, cost in zip(sums, costs, strict=True)]
    rows.append(("**total**", "", *(f"{it:.2f}" for it in sums)))
    files = sum(MIX.values()) * STATIC_FILES
    static = {"cdn_requests": files, "bytes_out": sum(MIX.values()) * STATIC_BYTES}
    rows.append(("static files and pictures, in addition", f"{files}", *([_usd(static)] * 2)))
    head = ("an order with its 14 visits", "requests", "nothing cached", "all shared pages cached")
    yield from markdown_table(head, rows)


def _usd(units: Units) -> str:
    return f"{total_usd(units):.2f}"
