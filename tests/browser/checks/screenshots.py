"""Take the screenshots in frontend/screenshots: phone and desktop, light and dark theme."""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from infra.build.bundles import ROOT
from infra.cli.terminal import STATE_FOLDER, Progress, out
from infra.local.cloud import LocalCloud
from tests.browser.checks.admin_scenes import ADMIN_SCENES
from tests.browser.checks.axe import VIEWS, View
from tests.browser.checks.browser import PHONE, open_browser, open_visitor_page, set_view
from tests.browser.checks.scenes import STOREFRONT_SCENES, Scene

SCREENSHOTS = ROOT / "frontend/screenshots"
# A bar that sticks to the window's edge would appear in the middle of a full-page screenshot.
MAKE_STATIC = "(elements) => elements.forEach((it) => { it.style.position = 'static'; })"
LOAD_EAGERLY = "(images) => images.forEach((it) => { it.loading = 'eager'; })"
DECODE = "(images) => Promise.all(images.map((it) => it.decode()))"
MAX_HEIGHT = 2400  # pixels; the rest of a long page shows more of the same
QUALITY = 82

# Scene names by the beginning of the file name.
SCENES = {
    "home": "home",
    "category": "category",
    "product": "product",
    "cart-drawer": "cart drawer",
    "checkout-errors": "checkout with errors",
    "order-live": "order, live",
    "order-declined": "order, declined",
    "admin-board": "admin: board",
    "admin-product": "admin: product",
    "admin-sales": "admin: sales",
}


def take_screenshots() -> int:
    shop = LocalCloud.running_in(STATE_FOLDER)
    scenes = {scene.name: scene for scene in (*STOREFRONT_SCENES, *ADMIN_SCENES)}
    SCREENSHOTS.mkdir(exist_ok=True)
    with Progress().display() as progress, open_browser() as browser:
        for name, scene in SCENES.items():
            progress.step(scene)
            with open_visitor_page(browser, shop.shop_url) as page:
                _take(page, shop, scenes[scene], name)
    megabytes = sum(path.stat().st_size for path in SCREENSHOTS.iterdir()) / 1e6
    number = len(VIEWS) * len(SCENES)
    out.print(f"{number} files in {SCREENSHOTS.relative_to(ROOT)}, {megabytes:.1f} MB.")
    return 0


def _take(page: Page, shop: LocalCloud, scene: Scene, name: str) -> None:
    scene.open(page, shop)
    for view in VIEWS:
        width, dark = view
        set_view(page, width=width, dark=dark)
        page.eval_on_selector_all("img", LOAD_EAGERLY)
        page.eval_on_selector_all("img", DECODE)
        page.eval_on_selector_all(".add-to-cart", MAKE_STATIC)
        full_page = not page.locator(
            "dialog[open]"
        ).count()  # an open dialog covers the window only
        _save(page.screenshot(full_page=full_page), SCREENSHOTS / _file_name(name, view))


def _file_name(name: str, view: View) -> str:
    """Such as ``home-desktop-light.webp``."""
    width, dark = view
    return f"{name}-{'phone' if width == PHONE else 'desktop'}-{'dark' if dark else 'light'}.webp"


def _save(png: bytes, path: Path) -> None:
    with Image.open(BytesIO(png)) as image:
        cropped = image.crop((0, 0, image.width, min(image.height, MAX_HEIGHT)))
        cropped.save(path, "WEBP", quality=QUALITY, method=6)
