"""`shop access`: what axe says of every page and state of the open shop, kept as a report."""

import sys

from playwright.sync_api import Browser

from infra.cli.report import keep, show
from infra.cli.terminal import HOME, Progress, out
from infra.local.cloud import LocalCloud
from tests.browser.checks.admin_scenes import DESK
from tests.browser.checks.axe import VIEWS, Looked, look
from tests.browser.checks.browser import open_browser, visitor
from tests.browser.checks.scenes import SHOP, Scene

HEADINGS = ("Page or state", "rules that applied", "violations")
OPENING = f"""# What axe finds

`shop access` opens each page and state in Chromium and looks at it {len(VIEWS)} times: 1280 and
360 pixels wide, light and dark. Rules: WCAG 2.0, 2.1 and 2.2, A and AA, and best practices."""


def access() -> None:
    """Look at every page and state of the open shop with axe; tests/reports/access.md keeps it."""
    shop = LocalCloud.running_in(HOME)
    with Progress().shown() as progress, open_browser() as browser:
        looked = {}
        for scene in (*SHOP, *DESK):
            progress.step(scene.name)
            looked[scene.name] = _looked_at(scene, browser, shop)
    rows = [(name, it.passed, len(it.findings)) for name, it in looked.items()]
    show(HEADINGS, rows)
    for name, it in looked.items():
        for found in it.findings:
            out.print(f"{name}, {found.seen}: {found.rule} at {found.element}: {found.why}")
    keep("access.md", OPENING, HEADINGS, rows)
    sys.exit(any(it.findings for it in looked.values()))


def _looked_at(scene: Scene, browser: Browser, shop: LocalCloud) -> Looked:
    with visitor(browser, shop.shop_url) as page:
        scene.go(page, shop)
        return look(page)
