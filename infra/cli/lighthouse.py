"""`shop lighthouse`: Lighthouse's scores and the weights of the main pages, kept as a report."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.cli.report import keep, show
from infra.cli.terminal import HOME, Progress, out
from infra.local.chromium import HOW_TO_INSTALL, chromium
from infra.local.cloud import LocalCloud
from infra.local.form_client import Shopper
from infra.user_error import Trouble
from tests.browser.checks.browser import PHONE, open_browser, visitor
from tests.browser.checks.page_weight import MOST, weigh
from tests.browser.checks.shared_session import MUG, with_cart

LIGHTHOUSE = "lighthouse@12.8.2"
PAGES = {
    "Home": "/",
    "Category": "/shelf?category=Vases",
    "Product": "/products/tarn-vase",
    "Cart": "/cart",
    "Checkout": "/checkout",
}
LEAST = {"performance": 95, "accessibility": 100, "best-practices": 95, "seo": 95}
# Nobody should find these by searching, and the pages say so.
NOT_TO_BE_FOUND = {("Cart", "seo"), ("Checkout", "seo")}
HEADINGS = ("Page", *LEAST, *(f"{kind} KB" for kind in MOST), "layout shift")
OPENING = f"""# Lighthouse, and what pages weigh

`shop lighthouse` runs {LIGHTHOUSE} with its usual phone against the open shop. Least:
{", ".join(f"{name} {least}" for name, least in LEAST.items())}; nobody should find cart and
checkout by searching, and they say so. Weights are what travels, packed, to a phone that has
nothing of the shop yet. Most: {", ".join(f"{kind} {most} KB" for kind, most in MOST.items())} (the
heaviest on the first screen)."""


def lighthouse() -> None:
    """Score and weigh the main pages of the open shop; tests/reports/lighthouse.md keeps it."""
    npx, browser = shutil.which("npx"), chromium()
    if not npx:
        raise Trouble("Lighthouse comes from npm, and there is no npx here: install Node.js.")
    if not browser:
        raise Trouble(f"Lighthouse needs a browser: {HOW_TO_INSTALL}")
    shop = LocalCloud.running_in(HOME)
    with Progress().shown() as progress:
        progress.step("Weighing")
        weights = dict(_weights(shop))
        scores = {}
        for name in PAGES:
            progress.step(f"Lighthouse on {name.lower()}")
            scores[name] = _scores(name, shop, npx, browser)
    rows = [(name, *scores[name].values(), *weights[name]) for name in PAGES]
    show(HEADINGS, rows)
    keep("lighthouse.md", OPENING, HEADINGS, rows)
    missed = [*_missed(scores)]
    out.print(f"Missed: {', '.join(missed)}." if missed else "All as promised.")
    sys.exit(bool(missed))


def _weights(shop: LocalCloud) -> Iterator[tuple[str, tuple[float, ...]]]:
    with open_browser() as browser:
        for name, path in PAGES.items():
            with visitor(browser, shop.shop_url, width=PHONE) as page:
                with_cart(page, shop, MUG)
                weight = weigh(page, path)
                yield name, (*weight.kilobytes.values(), weight.shift)


def _scores(name: str, shop: LocalCloud, npx: str, browser: str) -> dict[str, int]:
    shopper = Shopper(shop.shop_url)
    shopper.put_in_cart(MUG)
    cookies = "; ".join(f"{it}={value}" for it, value in shopper.browser.cookies.items())
    with TemporaryDirectory() as folder:
        told = Path(folder) / "told.json"
        options = [
            f"--output-path={told}",
            f"--extra-headers={json.dumps({'Cookie': cookies})}",
            f"--only-categories={','.join(LEAST)}",
            *("--output=json", "--quiet", "--chrome-flags=--headless=new --no-sandbox"),
        ]
        subprocess.run(
            [npx, "--yes", LIGHTHOUSE, f"{shop.shop_url}{PAGES[name]}", *options],
            check=True,
            env={**os.environ, "CHROME_PATH": browser},
        )
        found = json.loads(told.read_text("utf-8"))["categories"]
    return {category: round(100 * found[category]["score"]) for category in LEAST}


def _missed(scores: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    for name, of in scores.items():
        for category, score in of.items():
            if score < LEAST[category] and (name, category) not in NOT_TO_BE_FOUND:
                yield f"{category} of {name.lower()} with {score}"
