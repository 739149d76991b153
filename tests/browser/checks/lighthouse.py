"""The Lighthouse report: scores and transferred sizes of the main pages of the running shop."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.cli.terminal import STATE_FOLDER, Progress, out
from infra.local.chromium import HOW_TO_INSTALL, find_chromium
from infra.local.cloud import LocalCloud
from infra.local.form_client import Shopper
from infra.user_error import UserError
from tests.browser.checks.browser import PHONE, open_browser, open_visitor_page
from tests.browser.checks.page_weight import MAX_KILOBYTES, measure_weight
from tests.browser.checks.shared_session import MUG, with_cart
from tests.markdown_reports import print_table, write_report

LIGHTHOUSE = "lighthouse@12.8.2"
PAGES = {
    "Home": "/",
    "Category": "/products?category=Vases",
    "Product": "/products/tarn-vase",
    "Cart": "/cart",
    "Checkout": "/checkout",
}
MIN_SCORES = {"performance": 95, "accessibility": 100, "best-practices": 95, "seo": 95}
NOT_INDEXED = {("Cart", "seo"), ("Checkout", "seo")}  # these pages are marked noindex
HEADINGS = ("Page", *MIN_SCORES, *(f"{kind} KB" for kind in MAX_KILOBYTES), "layout shift")
INTRODUCTION = f"""# Lighthouse scores and page weights

`shop lighthouse` runs {LIGHTHOUSE} with its default phone against the running shop. Minimum scores:
{", ".join(f"{name} {score}" for name, score in MIN_SCORES.items())}; cart and checkout are marked
noindex, which lowers their seo score. Sizes are compressed, for a phone with an empty cache. Their
maximum: {", ".join(f"{kind} {size} KB" for kind, size in MAX_KILOBYTES.items())}; image is the
largest one on the first screen."""


def write_lighthouse_report() -> int:
    """Return 1 if a score is below its minimum."""
    npx, browser = shutil.which("npx"), find_chromium()
    if not npx:
        raise UserError("Lighthouse needs npx: install Node.js.")
    if not browser:
        raise UserError(f"Lighthouse needs a browser: {HOW_TO_INSTALL}")
    shop = LocalCloud.running_in(STATE_FOLDER)
    with Progress().display() as progress:
        progress.step("Measuring page weights")
        weights = dict(_weights(shop))
        scores = {}
        for name in PAGES:
            progress.step(f"Lighthouse: {name}")
            scores[name] = _scores(name, shop, npx, browser)
    rows = [(name, *scores[name].values(), *weights[name]) for name in PAGES]
    print_table(HEADINGS, rows)
    write_report("lighthouse.md", INTRODUCTION, HEADINGS, rows)
    failures = [*_failures(scores)]
    out.print(f"Too low: {', '.join(failures)}." if failures else "All scores reach their minimum.")
    return 1 if failures else 0


def _weights(shop: LocalCloud) -> Iterator[tuple[str, tuple[float, ...]]]:
    with open_browser() as browser:
        for name, path in PAGES.items():
            with open_visitor_page(browser, shop.shop_url, width=PHONE) as page:
                with_cart(page, shop, MUG)
                weight = measure_weight(page, path)
                yield name, (*weight.kilobytes.values(), sum(it.share for it in weight.shifts))


def _scores(name: str, shop: LocalCloud, npx: str, browser: str) -> dict[str, int]:
    shopper = Shopper(shop.shop_url)
    shopper.add_to_cart(MUG)
    cookies = "; ".join(f"{it}={value}" for it, value in shopper.browser.cookies.items())
    with TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        options = [
            f"--output-path={result}",
            f"--extra-headers={json.dumps({'Cookie': cookies})}",
            f"--only-categories={','.join(MIN_SCORES)}",
            *("--output=json", "--quiet", "--chrome-flags=--headless=new --no-sandbox"),
        ]
        subprocess.run(
            [npx, "--yes", LIGHTHOUSE, f"{shop.shop_url}{PAGES[name]}", *options],
            check=True,
            env={**os.environ, "CHROME_PATH": browser},
        )
        categories = json.loads(result.read_text("utf-8"))["categories"]
    return {category: round(100 * categories[category]["score"]) for category in MIN_SCORES}


def _failures(scores: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    for name, by_category in scores.items():
        for category, score in by_category.items():
            if score < MIN_SCORES[category] and (name, category) not in NOT_INDEXED:
                yield f"{name} {category} {score}"
