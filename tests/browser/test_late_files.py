"""A slow network or a slow phone: nothing moves that a visitor has begun to read."""

import re

import pytest
from playwright.sync_api import Page, Route

from tests.browser.checks.browser import DESKTOP, PHONE
from tests.browser.checks.page_weight import MAIN_PAGES, layout_shifts
from tests.browser.conftest import Visit
from tests.browser.paused_pages import CONTINUE, PAUSED

PAGES = (*MAIN_PAGES, "/sign-in")
FILES = {
    "fonts": re.compile(r"\.woff2"),
    "scripts": re.compile(r"/(htmx|shop)[^/]*\.js"),  # a page waits for its preferences
    "images": re.compile(r"/media/"),
}
HAS_STYLES = "() => document.body && document.styleSheets.length"
IS_PAINTED = "() => performance.getEntriesByName('first-contentful-paint').length"
WITHOUT_PICTURES = ("/sign-in",)


def _fonts(page: Page, selector: str) -> list[str]:
    """The fonts with which the browser draws the first element's text."""
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    node = session.send("DOM.querySelector", {"nodeId": root, "selector": selector})
    fonts = session.send("CSS.getPlatformFontsForNode", node)["fonts"]
    return [str(font["familyName"]) for font in fonts]


@pytest.mark.parametrize(
    ("kind", "width"),
    [("fonts", PHONE), ("fonts", DESKTOP), ("scripts", PHONE), ("images", DESKTOP)],
)
@pytest.mark.parametrize("path", PAGES)
def test_no_layout_shift_when_files_arrive_late(
    visit: Visit, path: str, kind: str, width: int
) -> None:
    page = visit(width, "/robots.txt", "MUG-BLUE")
    held: list[Route] = []
    is_late = True

    def hold(route: Route) -> None:
        if is_late:
            held.append(route)
        else:
            route.continue_()

    page.route(FILES[kind], hold)
    page.goto(path, wait_until="commit")
    page.wait_for_function(IS_PAINTED)
    is_late = False
    for route in held:
        route.continue_()
    page.wait_for_load_state("networkidle")

    assert held or (kind == "images" and path in WITHOUT_PICTURES)
    assert layout_shifts(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_half_a_page_is_not_painted(visit: Visit, path: str) -> None:
    page = visit(DESKTOP, "/robots.txt", "MUG-BLUE")
    page.set_extra_http_headers({PAUSED: "yes"})
    page.goto(path, wait_until="commit")
    page.wait_for_function(HAS_STYLES, polling=50)  # no frames are drawn yet
    page.wait_for_timeout(500)

    assert not page.evaluate(IS_PAINTED)
    assert page.request.get(CONTINUE, headers={PAUSED: "yes"}).ok
    page.wait_for_function(IS_PAINTED)


def test_fonts_are_used_from_the_browsers_cache(visit: Visit) -> None:
    page = visit(DESKTOP, "/sign-in")
    page.goto("/products/tarn-vase")

    assert _fonts(page, "h1") == ["Fraunces"]
    assert _fonts(page, "header nav a") == ["Instrument Sans"]
