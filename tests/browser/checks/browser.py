"""A headless Chromium, and pages in it with a viewport, a colour scheme and empty storage."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from infra.local.chromium import HOW_TO_INSTALL, find_chromium
from infra.user_error import UserError

PHONE, DESKTOP = 360, 1280
HEIGHT = 900

# Chromium's sandbox does not work as root in a container; the others avoid requests to Google.
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
# A site whose name resolves to this machine, as in a DNS rebinding attack. Chromium would not let
# its pages reach this machine; other browsers do.
REBINDING_HOST = "evil.example"
FLAGS += [
    f"--host-resolver-rules=MAP {REBINDING_HOST} 127.0.0.1",
    "--disable-features=LocalNetworkAccessChecks",
]


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Raises ``UserError`` if there is no Chromium."""
    path = find_chromium()
    if not path:
        raise UserError(f"This command needs a browser: {HOW_TO_INSTALL}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def open_visitor_page(browser: Browser, shop_url: str, *, width: int = DESKTOP) -> Iterator[Page]:
    """A page of a new visitor, without cookies and cache."""
    context = browser.new_context(
        base_url=shop_url,
        viewport={"width": width, "height": HEIGHT},
        locale="en-GB",
    )
    yield context.new_page()
    context.close()


def set_view(page: Page, *, width: int, dark: bool) -> None:
    """Change the viewport and colour scheme of an open page, and wait until it is rendered."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
    page.evaluate(
        "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))"
    )
