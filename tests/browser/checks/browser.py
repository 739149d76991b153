"""Chromium before the shop, as one visitor of a certain width, by day or in the evening."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from infra.local.chromium import HOW_TO_INSTALL, chromium
from infra.user_error import Trouble

PHONE, DESK = 360, 1280
HEIGHT = 900

# As root in a container Chromium has no sandbox; and it should call nobody.
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]


@contextmanager
def open_browser() -> Iterator[Browser]:
    found = chromium()
    if not found:
        raise Trouble(f"Nobody can look at the shop: {HOW_TO_INSTALL}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def visitor(browser: Browser, shop_url: str, *, width: int = DESK) -> Iterator[Page]:
    """Somebody who has never been here."""
    context = browser.new_context(
        base_url=shop_url,
        viewport={"width": width, "height": HEIGHT},
        locale="en-GB",
    )
    yield context.new_page()
    context.close()


def see(page: Page, *, width: int, dark: bool) -> None:
    """The same page on another screen, or at another hour; nothing of it is caught half-way."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
    page.evaluate(
        "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
    )
