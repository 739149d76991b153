"""`shop check`: a measured journey against the open shop, held against what was promised."""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
from rich.table import Table

from infra.cli.terminal import HOME, Progress, out
from infra.local.cloud import LocalCloud
from infra.local.form_client import Shopper
from infra.local.memory import summed
from infra.local.order_watcher import OrderBook, moved_at, packed_at, paid, shipped
from infra.local.query_counts import round_trips
from infra.local.seed import plentiful_skus

ORDERS = 10
VISITS = 30
PATIENCE = 120  # seconds for an order; packing is among them

PAGES = {
    "Home": "/",
    "Shelf": "/shelf?in_stock=yes",
    "Search": "/search?q=vase",
    "Product": "/products/tarn-vase",
    "Cart": "/cart",
}


@dataclass(frozen=True)
class Figure:
    """One measured figure; `most` is what was promised, in the same unit."""

    name: str
    value: float
    unit: str
    most: float

    @property
    def kept(self) -> bool:
        return self.value <= self.most


def check() -> None:
    """Place ten orders in the open shop and print pages, orders, starts and memory as measured."""
    cloud = LocalCloud.running_in(HOME)
    with Progress().shown() as progress:
        progress.step("Looking around")
        figures = [*_pages(cloud)]
        progress.step(f"Placing {ORDERS} orders")
        figures += [*_orders(cloud, progress.detail)]
        figures += [*_starts(cloud), _memory(cloud)]
    _show(figures)
    sys.exit(0 if all(figure.kept for figure in figures) else 1)


def _pages(cloud: LocalCloud) -> Iterator[Figure]:
    shopper = Shopper(cloud.shop_url)
    shopper.put_in_cart(plentiful_skus()[0])
    for name, path in PAGES.items():
        took = statistics.median(_milliseconds(shopper.browser, path) for _ in range(VISITS))
        yield Figure(f"{name}, warm", took, "ms", 30)
        calls = round_trips(cloud, lambda path=path: shopper.browser.get(path))  # type: ignore[misc]
        yield Figure(f"{name}, round trips to the store", calls, "", 3)


def _milliseconds(browser: httpx.Client, path: str) -> float:
    started = time.perf_counter()
    browser.get(path).raise_for_status()
    return (time.perf_counter() - started) * 1000


def _orders(cloud: LocalCloud, say: Callable[[str], None]) -> Iterator[Figure]:
    """The first order starts the functions and is not counted; packing is not counted either."""
    book = OrderBook(cloud)
    clicked: dict[str, tuple[float, float]] = {}
    for place, sku in enumerate(plentiful_skus()[: ORDERS + 1]):
        say(f"order {place} of {ORDERS}" if place else "a first one, to wake the functions")
        shopper = Shopper(cloud.shop_url)
        shopper.put_in_cart(sku)
        form = shopper.fill_in("pm_succeeds")
        click = time.time()
        order_id = shopper.pay(form)
        clicked[order_id] = click, book.wait(order_id, paid, PATIENCE)
    say("waiting for the parcels")
    counted = list(clicked.items())[1:]
    sent = {order_id: _sending(book, order_id) for order_id in clicked}
    to_paid = [seen - click for _, (click, seen) in counted]
    to_shipped = [seen - click + sent[order_id] for order_id, (click, seen) in counted]
    yield Figure("Click on Pay to paid", statistics.median(to_paid), "s", 1)
    yield Figure("Click to shipped, without packing", statistics.median(to_shipped), "s", 2)


def _sending(book: OrderBook, order_id: str) -> float:
    """From the end of packing to shipped, by the shop's own record of both."""
    book.wait(order_id, shipped, PATIENCE)
    row = book.row(order_id)
    return max(0.0, moved_at(row) - packed_at(row))


def _starts(cloud: LocalCloud) -> Iterator[Figure]:
    for name, (seconds, most) in {
        "First start, after the install": (cloud.home.started("first"), 30),
        "Second start": (cloud.home.started("again"), 5),
    }.items():
        if seconds is not None:
            yield Figure(name, seconds, "s", most)


def _memory(cloud: LocalCloud) -> Figure:
    megabytes, counted = summed(cloud.home)
    return Figure(f"Memory of it all, summed {counted}", megabytes, "MB", 1024)


def _show(figures: list[Figure]) -> None:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    for heading, side in (("Measured", "left"), ("", "right"), ("promised", "right"), ("", "left")):
        table.add_column(heading, justify=side)  # type: ignore[arg-type]
    for it in figures:
        digits = 0 if it.unit in {"", "MB"} else 1 if it.unit == "ms" else 2
        verdict = "[green]✓[/]" if it.kept else "[red]missed[/]"
        table.add_row(
            it.name, f"{it.value:.{digits}f} {it.unit}", f"≤ {it.most} {it.unit}", verdict
        )
    out.print(table)
