"""Check that an interaction moves nothing: scroll position, focus, width of the page, messages."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

TOLERANCE = 2  # CSS pixels
SETTLED = """() => !document.querySelector('.htmx-request, [aria-busy=true]')
    && !document.getAnimations().some((it) => it.playState === 'running')"""
TWO_FRAMES = "new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"
OVERFLOW = """() => {
    const root = document.documentElement;
    const layers = [root, ...document.querySelectorAll('dialog[open], :popover-open')];
    return Math.max(...layers.map((it) => it.scrollWidth - it.clientWidth));
}"""
IS_FOCUSED = "it => it === document.activeElement"


def settle(page: Page) -> None:
    """Wait until htmx has swapped the response and no transition runs."""
    page.evaluate(TWO_FRAMES)
    page.wait_for_function(SETTLED)
    page.evaluate(TWO_FRAMES)


def top_of(locator: Locator) -> float:
    """The distance from the top of the viewport, in CSS pixels."""
    return float(locator.evaluate("it => it.getBoundingClientRect().top"))


def scroll_to(control: Locator, *, share: float = 0.5) -> None:
    """Scroll the page until the control is at this share of the viewport's height."""
    control.evaluate(
        "(it, share) => scrollBy({ top: it.getBoundingClientRect().top - innerHeight * share,"
        " behavior: 'instant' })",
        share,
    )


@contextmanager
def nothing_moves(page: Page, anchor: Locator, *, focus: Locator | None = None) -> Iterator[None]:
    """The anchor keeps its place on the screen, and the focus is on ``focus`` afterwards."""
    before = top_of(anchor)
    yield
    settle(page)
    moved = top_of(anchor) - before
    assert abs(moved) <= TOLERANCE, f"{anchor} moved by {moved:.0f} px"
    assert page.evaluate(OVERFLOW) == 0, "the page scrolls sideways"
    if focus:
        expect(focus).to_be_focused()


def assert_in_view(message: Locator) -> None:
    """The whole message is on the screen, and nothing covers its middle."""
    expect(message).to_be_in_viewport(ratio=0.99)
    assert message.evaluate("""it => {
        const box = it.getBoundingClientRect();
        const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        return it === top || it.contains(top) || top.contains(it);
    }"""), f"{message} is covered"
