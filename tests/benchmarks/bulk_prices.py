"""A price change of all products by the deployed functions, as a merchant makes it.

    python -m tests.benchmarks.bulk_prices [--products 2000] [--report]

It imports a file of its own first, selects every product, and reads the progress page until the
report is complete. It needs some minutes.
"""

import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ulid import ULID

from app.catalog.bulk_edit import BulkChange
from app.catalog.catalog_cache import read_full_catalog
from app.catalog.imports import processing
from app.catalog.imports.jobs import (
    count_rows,
    create_bulk_edit,
    create_import,
    find_import,
    selection_file,
)
from app.catalog.imports.models import ImportJob
from app.catalog.imports.processing import MAX_AT_ONCE, process_file
from infra.build.bundles import ROOT
from tests.benchmarks.cost.cloud import CountingCloud
from tests.benchmarks.cost.report import markdown_table
from tests.benchmarks.cost.shopping import our_shop
from tests.benchmarks.large_import import VARIANTS, a_file, jobs_until_the_end
from tests.benchmarks.measured_shop import measure_shop
from tests.fake_clouds import MERCHANT, DeployedShop
from tests.integration.journeys.order_polling import now
from tests.integration.wiring.user_journey import require_success, sign_in, upload

REPORT = ROOT / "tests/reports/bulk_prices.md"
CHANGE = {"action": "change_percent", "change_percent": "10"}
COUNTED_PRODUCTS = 141  # one more than fits into seven reads of stock
SECONDS_BEFORE = 168  # of 2,000 products on 2026-11-29, with one transaction for each
PRICE_BEFORE, PRICE_AFTER = 2_450, 2_695


@dataclass(frozen=True)
class ProductCost:
    """What the change of one product takes: calls of DynamoDB and billed units."""

    calls: float
    read_units: float
    write_units: float


@dataclass(frozen=True)
class Run:
    """``versions`` counts the products by how often they were changed."""

    products: int
    seconds: float
    checkpoints: int
    counts: dict[str, int]
    prices: dict[int, int]
    versions: dict[int, int]

    @property
    def is_exact(self) -> bool:
        """Whether each product was changed, and once: a second change would be 10 % more."""
        expected = {"updated": self.products}, {PRICE_AFTER: self.products}, {1: self.products}
        return (self.counts, self.prices, self.versions) == expected


def measure(shop: DeployedShop, products: int) -> Run:
    merchant = sign_in(shop, MERCHANT).browser
    location = require_success(merchant.post("/admin/imports")).headers["location"]
    upload(merchant, location, a_file(products * VARIANTS))
    _wait(location.rpartition("/")[2])
    imported = [it.product for it in read_full_catalog(now()).entries if _is_imported(it.product)]
    form = {f"product-{it.slug}": str(it.version) for it in imported} | CHANGE
    review = require_success(merchant.post("/admin/products/bulk-edit", data=form)).text
    (job_id,) = re.findall(r'name="job_id" value="([^"]+)"', review)
    started = time.monotonic()
    confirmed = {**form, "confirmed": "yes", "job_id": job_id}
    require_success(merchant.post("/admin/products/bulk-edit", data=confirmed))
    checkpoints = _wait(job_id)
    seconds = time.monotonic() - started
    changed = [it.product for it in read_full_catalog(now()).entries if _is_imported(it.product)]
    return Run(
        len(imported),
        seconds,
        checkpoints,
        dict(count_rows(find_import(job_id))),
        dict(Counter(int(it.price) for it in changed)),
        dict(Counter(int(it.version) for it in changed)),
    )


def count_cost(products: int, *, at_once: int) -> ProductCost:
    """Counted on the emulator's tables in this process, with so many products read at once.

    The calls of the whole job are left out: the catalog and the states of the job.
    """
    before = processing.MAX_AT_ONCE, processing.CHECKPOINT_EVERY
    processing.MAX_AT_ONCE, processing.CHECKPOINT_EVERY = at_once, 200 // at_once
    try:
        with our_shop() as shop:
            imported = create_import(by=MERCHANT, now=now())
            process_file(imported, a_file(products * VARIANTS), "A1", now=now())
            one, all_ = (_counted(shop.cloud, number) for number in (1, products))
    finally:
        processing.MAX_AT_ONCE, processing.CHECKPOINT_EVERY = before
    return ProductCost(
        *((many - few) / (products - 1) for few, many in zip(one, all_, strict=True))
    )


def _counted(cloud: CountingCloud, products: int) -> tuple[float, ...]:
    """The calls, read units and write units of a change of the first products."""
    job = create_bulk_edit(str(ULID()), BulkChange("change_percent", 1_000), by=MERCHANT, now=now())
    rows = [it.product for it in read_full_catalog(now()).entries if _is_imported(it.product)]
    data = selection_file((it.slug, int(it.version)) for it in rows[:products])
    calls = cloud.calls
    with cloud.meter.separate() as meter:
        process_file(job, data, "A1", now=now())
    counts = meter.counts
    return cloud.calls - calls, counts["read_units"], counts["write_units"]


def _is_imported(product: object) -> bool:
    return str(getattr(product, "slug", "")).startswith("import-")


def _wait(job_id: str) -> int:
    """Wait for the end of the job, and return the number of checkpoints that were seen."""
    started, seen = time.monotonic(), set[int]()
    job: ImportJob
    for job in jobs_until_the_end(job_id, started, every=0.25):
        seen.add(job.checkpoint)
    sys.stderr.write(f"{time.monotonic() - started:5.1f} s, {job_id}\n")
    return len(seen - {0})


def report_lines(run: Run) -> Iterator[str]:
    yield "# A price change of all products"
    yield ""
    yield (
        f"{run.products:,} products with {VARIANTS} variants each, 10 % more, confirmed in the "
        "admin of a shop on the local cloud, whose machine other processes used too (2 cores). "
        "From the click until the report was complete. Written by "
        f"`python -m tests.benchmarks.bulk_prices --report`. Run of {date.today()}."  # noqa: DTZ011
    )
    yield ""
    rows = [
        ("time", f"{run.seconds:.0f} s"),
        ("products a second", f"{run.products / run.seconds:.0f}"),
        ("checkpoints seen", str(run.checkpoints)),
        ("products changed once", f"{run.versions.get(1, 0):,}"),
        ("products with the new price", f"{run.prices.get(PRICE_AFTER, 0):,}"),
    ]
    yield from markdown_table(("figure", "value"), rows)
    yield ""
    yield (
        "What the change of one product takes, counted on the emulator's tables in one process. Up "
        f"to 100 items fit into one transaction, and one call reads the stock of {MAX_AT_ONCE} "
        "products. Before, each product took a call for its stock and a transaction of 13 items, "
        f"and the same change {SECONDS_BEFORE} s. Each item of a transaction is billed alike, "
        "whatever else is in it, so fewer calls save time and not units."
    )
    yield ""
    costs = [
        ("one product at a time", count_cost(COUNTED_PRODUCTS, at_once=1)),
        ("several in one transaction", count_cost(COUNTED_PRODUCTS, at_once=MAX_AT_ONCE)),
    ]
    figures = [
        (name, f"{it.calls:.2f}", f"{it.read_units:.1f}", f"{it.write_units:.1f}")
        for name, it in costs
    ]
    yield from markdown_table(("of one product", "calls", "read units", "write units"), figures)


def main() -> int:
    run = measure_shop(measure, report_lines, size=("products", 2_000), report=REPORT)
    return 0 if run.is_exact else 1


if __name__ == "__main__":
    sys.exit(main())
