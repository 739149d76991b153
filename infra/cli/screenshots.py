"""`shop screenshots`: pictures of the shop on phone and desk, by day and in the evening."""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from infra.build.bundles import ROOT
from infra.cli.terminal import HOME, Progress, out
from infra.local.cloud import LocalCloud
from tests.browser.checks.admin_scenes import DESK
from tests.browser.checks.axe import VIEWS
from tests.browser.checks.browser import PHONE, open_browser, see, visitor
from tests.browser.checks.scenes import SHOP, Scene

SCREENSHOTS = ROOT / "frontend/screenshots"
# A picture of a whole page would show what keeps to the window's edge in the middle of it.
LIE_DOWN = "(all) => all.forEach((it) => { it.style.position = 'static'; })"
LONGEST = 2400  # pixels: what lies below is the same list, going on
QUALITY = 82

# Scenes by the name of their picture.
SHOWN = {
    "home": "home",
    "category": "category",
    "product": "product",
    "cart-drawer": "cart drawer",
    "checkout-errors": "checkout with errors",
    "order-live": "order, live",
    "order-declined": "order, declined",
    "desk-board": "desk, board",
    "desk-product": "desk, product",
    "desk-sales": "desk, sales",
}


def screenshots() -> None:
    """Take the pictures in frontend/screenshots anew, from the open shop."""
    shop = LocalCloud.running_in(HOME)
    scenes = {scene.name: scene for scene in (*SHOP, *DESK)}
    SCREENSHOTS.mkdir(exist_ok=True)
    with Progress().shown() as progress, open_browser() as browser:
        for name, scene in SHOWN.items():
            progress.step(scene)
            with visitor(browser, shop.shop_url) as page:
                taken = _take(page, shop, scenes[scene], name)
    total = sum(path.stat().st_size for path in SCREENSHOTS.iterdir()) / 1e6
    out.print(
        f"{len(taken) * len(SHOWN)} pictures in {SCREENSHOTS.relative_to(ROOT)}, {total:.1f} MB."
    )


def _take(page: Page, shop: LocalCloud, scene: Scene, name: str) -> list[Path]:
    scene.go(page, shop)
    taken = []
    for width, dark in VIEWS:
        see(page, width=width, dark=dark)
        _load_every_picture(page)
        page.eval_on_selector_all(".take", LIE_DOWN)
        path = (
            SCREENSHOTS
            / f"{name}-{'phone' if width == PHONE else 'desk'}-{'dark' if dark else 'light'}.webp"
        )
        whole = not page.locator("dialog[open]").count()  # a drawer covers the window, no more
        _keep(page.screenshot(full_page=whole), path)
        taken.append(path)
    return taken


def _load_every_picture(page: Page) -> None:
    page.eval_on_selector_all("img", "(all) => all.forEach((it) => { it.loading = 'eager'; })")
    page.eval_on_selector_all("img", "(all) => Promise.all(all.map((it) => it.decode()))")


def _keep(png: bytes, path: Path) -> None:
    with Image.open(BytesIO(png)) as picture:
        cut = picture.crop((0, 0, picture.width, min(picture.height, LONGEST)))
        cut.save(path, "WEBP", quality=QUALITY, method=6)
