"""The import of a file with the maximum number of rows, by the deployed functions.

    python -m tests.benchmarks.large_import [--report]

It uploads the file through the admin's form to a shop of its own, and reads what the function took
from its process. It needs some minutes.
"""

import csv
import io
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.catalog.catalog_cache import read_full_catalog
from app.catalog.imports.jobs import count_rows, find_import
from app.catalog.imports.models import MAX_ROWS, ImportJob
from infra.build.bundles import ROOT
from tests.benchmarks.cost.report import markdown_table
from tests.benchmarks.measured_shop import measure_shop
from tests.fake_clouds import MERCHANT, DeployedShop
from tests.integration.journeys.order_polling import now
from tests.integration.wiring.user_journey import require_success, sign_in, upload

VARIANTS = 5  # of each product
REPORT = ROOT / "tests/reports/import.md"
MAX_SECONDS = 1_400
FUNCTION = b"AWS_LAMBDA_FUNCTION_NAME=hearth-and-clay-imports"


@dataclass(frozen=True)
class Run:
    """``peak_mb`` is the largest resident set of the function's processes."""

    rows: int
    megabytes: float
    seconds: float
    checkpoints: int
    executions: int
    peak_mb: int
    counts: dict[str, int]
    products: int


def a_file(rows: int) -> bytes:
    """Products with five variants each, with their stock."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        ("slug", "sku", "title", "variant", "category", "blurb", "price", "weight_g", "available")
    )
    for number in range(rows):
        product, variant = divmod(number, VARIANTS)
        slug, title = f"import-{product:05}", f"Imported vase {product}"
        facts = (title, f"Size {variant}", f"Category {product % 20}", "It holds a single stem.")
        writer.writerow((slug, f"IM-{product:05}-{variant}", *facts, "24.50", "900", "7"))
    return text.getvalue().encode()


def measure(shop: DeployedShop, rows: int) -> Run:
    merchant, data = sign_in(shop, MERCHANT).browser, a_file(rows)
    location = require_success(merchant.post("/admin/imports")).headers["location"]
    upload(merchant, location, data)
    import_id = location.rpartition("/")[2]
    started, checkpoints, peaks = time.monotonic(), set[int](), dict[str, int]()
    for job in jobs_until_the_end(import_id, started):
        checkpoints.add(job.checkpoint)
        peaks |= dict(_peaks())
        sys.stderr.write(f"{time.monotonic() - started:5.0f} s, row {job.checkpoint}\n")
    seconds = time.monotonic() - started
    counts = count_rows(find_import(import_id))
    products = len(read_full_catalog(now()).entries)
    figures = (len(checkpoints - {0}), len(peaks), max(peaks.values(), default=0))
    return Run(rows, len(data) / 1e6, seconds, *figures, counts, products)


def jobs_until_the_end(import_id: str, started: float, *, every: float = 1) -> Iterator[ImportJob]:
    while time.monotonic() - started < MAX_SECONDS:
        job = find_import(import_id)
        yield job
        if job.is_finished:
            return
        time.sleep(every)


def _peaks() -> Iterator[tuple[str, int]]:
    """The processes of the function, with the peaks of their memory in MB."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if FUNCTION not in (process / "environ").read_bytes().split(b"\0"):
                continue
            status = (process / "status").read_text()
        except OSError:  # it has ended, or belongs to another user
            continue
        peak = next((it for it in status.splitlines() if it.startswith("VmHWM")), "VmHWM: 0 kB")
        yield process.name, int(peak.split()[1]) // 1024


def report_lines(run: Run) -> Iterator[str]:
    yield "# A file with the maximum number of rows"
    yield ""
    yield (
        f"{run.rows:,} rows, each product with {VARIANTS} variants and their stock, uploaded "
        "through the admin's form to a shop on the local cloud, whose machine other processes "
        "used too. Written by `python -m tests.benchmarks.large_import --report`. Run of "
        f"{date.today()}."  # noqa: DTZ011 (the day of the machine)
    )
    yield ""
    counts = ", ".join(f"{number:,} {name}" for name, number in run.counts.items())
    rows = [
        ("file", f"{run.megabytes:.1f} MB"),
        ("time until the report was complete", f"{run.seconds:.0f} s"),
        ("rows a second", f"{run.rows / run.seconds:.0f}"),
        ("checkpoints seen", str(run.checkpoints)),
        ("processes of the function", str(run.executions)),
        ("peak memory of a process", f"{run.peak_mb} MB"),
        ("rows by outcome", counts),
        ("products in the catalog", f"{run.products:,}"),
    ]
    yield from markdown_table(("figure", "value"), rows)


def main() -> int:
    run = measure_shop(measure, report_lines, size=("rows", MAX_ROWS), report=REPORT)
    return 0 if run.counts == {"created": run.rows} else 1


if __name__ == "__main__":
    sys.exit(main())
