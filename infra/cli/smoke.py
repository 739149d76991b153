"""`shop smoke`: a smoke test of the running shop, with response times, queries and memory."""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated

import httpx
import typer
from rich.table import Table

from infra.cli.terminal import STATE_FOLDER, Progress, out
from infra.local.cloud import LocalCloud
from infra.local.form_client import Shopper
from infra.local.memory import total_memory
from infra.local.order_watcher import (
    OrderWatcher,
    is_paid,
    is_shipped,
    packed_at,
    status_changed_at,
)
from infra.local.query_counts import count_round_trips
from infra.local.seed import best_stocked_skus
from infra.ops.public_checks import check_shop
from infra.user_error import UserError

ORDERS = 10
VISITS = 30
ORDER_TIMEOUT = 120  # seconds, including packing

Url = Annotated[str, typer.Option("--url", help="Address of a shop that runs elsewhere.")]
Wait = Annotated[float, typer.Option("--wait", help="Seconds in which failed checks are repeated.")]

PAGES = {
    "Home": "/",
    "Product list": "/products?in_stock=yes",
    "Search": "/search?q=vase",
    "Product": "/products/tarn-vase",
    "Cart": "/cart",
}


@dataclass(frozen=True)
class Figure:
    """One measured figure, and its budget in the same unit."""

    name: str
    value: float
    unit: str
    budget: float

    @property
    def is_within_budget(self) -> bool:
        return self.value <= self.budget


def smoke(*, url: Url = "", wait: Wait = 0) -> None:
    """Place ten orders; check response times, queries and memory.

    Exits with 1 if a budget is exceeded. Takes about a minute, most of it for packing. With an
    address it places no order and checks pages, static files, headers and the cart, in seconds.
    """
    if url:
        check_url(url, wait_seconds=wait)
        return
    cloud = LocalCloud.running_in(STATE_FOLDER)
    with Progress().display() as progress:
        progress.step("Requesting pages")
        figures = [*_pages(cloud)]
        progress.step(f"Placing {ORDERS} orders")
        figures += [*_orders(cloud, progress.detail)]
        figures += [*_starts(cloud), _memory(cloud)]
    _print(figures)
    sys.exit(0 if all(figure.is_within_budget for figure in figures) else 1)


def check_url(url: str, *, wait_seconds: float = 0) -> None:
    """Print each check of the shop at this address. Raises ``UserError`` if one fails."""
    failed = 0
    for check in check_shop(Shopper(url.rstrip("/")), wait_seconds=wait_seconds):
        mark = "[red]✗[/]" if check.problem else "[green]✓[/]"
        out.print(f"{mark} {check.name}", end=" " if check.problem else "\n")
        if check.problem:
            out.print(check.problem, markup=False, soft_wrap=True)
            failed += 1
    if failed:
        raise UserError(f"{failed} checks of {url} failed.")


def _pages(cloud: LocalCloud) -> Iterator[Figure]:
    shopper = Shopper(cloud.shop_url)
    shopper.add_to_cart(best_stocked_skus()[0])
    for name, path in PAGES.items():
        took = statistics.median(_milliseconds(shopper.browser, path) for _ in range(VISITS))
        yield Figure(f"{name}, warm", took, "ms", 30)
        calls = count_round_trips(cloud, lambda path=path: shopper.browser.get(path))  # type: ignore[misc]
        yield Figure(f"{name}, DynamoDB round trips", calls, "", 3)


def _milliseconds(browser: httpx.Client, path: str) -> float:
    started = time.perf_counter()
    browser.get(path).raise_for_status()
    return (time.perf_counter() - started) * 1000


def _orders(cloud: LocalCloud, report: Callable[[str], None]) -> Iterator[Figure]:
    """Excludes the first order, which starts the functions, and the time of packing."""
    watcher = OrderWatcher(cloud)
    clicked: dict[str, tuple[float, float]] = {}
    for number, sku in enumerate(best_stocked_skus()[: ORDERS + 1]):
        report(f"order {number} of {ORDERS}" if number else "one order to start the functions")
        shopper = Shopper(cloud.shop_url)
        shopper.add_to_cart(sku)
        form = shopper.fill_in_checkout("pm_succeeds")
        click = time.time()
        order_id = shopper.pay(form)
        clicked[order_id] = click, watcher.wait_until(order_id, is_paid, ORDER_TIMEOUT)
    report("waiting for shipping")
    counted = list(clicked.items())[1:]
    sent = {order_id: _shipping_seconds(watcher, order_id) for order_id in clicked}
    to_paid = [seen - click for _, (click, seen) in counted]
    to_shipped = [seen - click + sent[order_id] for order_id, (click, seen) in counted]
    yield Figure("From Pay to paid", statistics.median(to_paid), "s", 1)
    yield Figure("From Pay to shipped, without packing", statistics.median(to_shipped), "s", 2)


def _shipping_seconds(watcher: OrderWatcher, order_id: str) -> float:
    """From the end of packing to shipped, according to the order's row."""
    watcher.wait_until(order_id, is_shipped, ORDER_TIMEOUT)
    row = watcher.row(order_id)
    return max(0.0, status_changed_at(row) - packed_at(row))


def _starts(cloud: LocalCloud) -> Iterator[Figure]:
    for name, (seconds, budget) in {
        "First start, after installation": (cloud.state_dir.start_seconds("first"), 30),
        "Second start": (cloud.state_dir.start_seconds("again"), 5),
    }.items():
        if seconds is not None:
            yield Figure(name, seconds, "s", budget)


def _memory(cloud: LocalCloud) -> Figure:
    megabytes, method = total_memory(cloud.state_dir)
    return Figure(f"Memory of all processes ({method})", megabytes, "MB", 1024)


def _print(figures: list[Figure]) -> None:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    for heading, side in (("Measured", "left"), ("", "right"), ("budget", "right"), ("", "left")):
        table.add_column(heading, justify=side)  # type: ignore[arg-type]
    for it in figures:
        digits = 0 if it.unit in {"", "MB"} else 1 if it.unit == "ms" else 2
        verdict = "[green]✓[/]" if it.is_within_budget else "[red]exceeded[/]"
        table.add_row(
            it.name, f"{it.value:.{digits}f} {it.unit}", f"≤ {it.budget} {it.unit}", verdict
        )
    out.print(table)
