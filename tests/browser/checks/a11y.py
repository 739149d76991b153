"""The accessibility report: what axe finds on every page and state of the running shop."""

from playwright.sync_api import Browser

from infra.cli.terminal import STATE_FOLDER, Progress, out
from infra.local.cloud import LocalCloud
from tests.browser.checks.admin_scenes import ADMIN_SCENES
from tests.browser.checks.axe import VIEWS, AxeResult, run_axe
from tests.browser.checks.browser import open_browser, open_visitor_page
from tests.browser.checks.scenes import STOREFRONT_SCENES, Scene
from tests.markdown_reports import print_table, write_report

HEADINGS = ("Page or state", "applicable rules", "violations")
INTRODUCTION = f"""# Accessibility

`shop a11y` opens each page and state in Chromium and runs axe on {len(VIEWS)} views: 1280 and 360
pixels wide, light and dark. Rules: WCAG 2.0, 2.1 and 2.2, A and AA, and best practices."""


def write_a11y_report() -> int:
    """Return 1 if axe finds a violation."""
    shop = LocalCloud.running_in(STATE_FOLDER)
    results = {}
    with Progress().display() as progress, open_browser() as browser:
        for scene in (*STOREFRONT_SCENES, *ADMIN_SCENES):
            progress.step(scene.name)
            results[scene.name] = _check(scene, browser, shop)
    rows = [(name, it.passed_rules, len(it.findings)) for name, it in results.items()]
    print_table(HEADINGS, rows)
    for name, result in results.items():
        for it in result.findings:
            out.print(f"{name}, {it.view}: {it.rule} at {it.element}: {it.reason}", markup=False)
    write_report("a11y.md", INTRODUCTION, HEADINGS, rows)
    return 1 if any(result.findings for result in results.values()) else 0


def _check(scene: Scene, browser: Browser, shop: LocalCloud) -> AxeResult:
    with open_visitor_page(browser, shop.shop_url) as page:
        scene.open(page, shop)
        return run_axe(page)
