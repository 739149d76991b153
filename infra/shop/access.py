"""`shop access`: what axe says of every page and state of the open shop, kept as a report."""

import sys

from playwright.sync_api import Browser

from infra.local.cloud import LocalCloud
from infra.looking.access import VIEWS, Looked, look
from infra.looking.browser import open_browser, visitor
from infra.looking.desk_scenes import DESK
from infra.looking.scenes import SHOP, Scene
from infra.shop.report import keep, show
from infra.shop.terminal import HOME, Progress, out

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
