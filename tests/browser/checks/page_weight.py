"""Measure the requests and the transferred size of a page by resource type, and layout shift."""

from collections import Counter

from msgspec import Struct, convert
from playwright.sync_api import Page, Response

MAIN_PAGES = (
    "/",
    "/products?category=Vases",
    "/search?q=vase",
    "/products/tarn-vase",
    "/cart",
    "/checkout",
)
RESOURCE_TYPES = {"document": "html", "stylesheet": "css", "script": "js", "font": "fonts"}
MAX_KILOBYTES = {"html": 30, "css": 12, "js": 20, "fonts": 60, "image": 60}
# The page, a style, three scripts, two fonts, the icon, and what a visitor with a cart fetches;
# pictures in addition.
MAX_FILES = 9

IMAGES_ON_SCREEN = """() => [...document.images]
    .filter((it) => it.currentSrc && it.getBoundingClientRect().top < innerHeight)
    .map((it) => it.currentSrc)"""
# What moved without an input of the visitor, and by how much of the screen.
LAYOUT_SHIFTS = """() => new Promise((resolve) => {
    const shifts = [];
    const text = (node) => node?.textContent.trim().slice(0, 40) || node?.nodeName;
    new PerformanceObserver((list) => {
        for (const { hadRecentInput, value, sources } of list.getEntries())
            if (!hadRecentInput) shifts.push([value, sources.map((it) => text(it.node))]);
    }).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(shifts), 200);
})"""


class LayoutShift(Struct, frozen=True, array_like=True):
    """``share`` of the screen, and the text of the elements that moved.

    See https://web.dev/articles/cls.
    """

    share: float
    moved: list[str]


class PageWeight(Struct, frozen=True):
    """Compressed kilobytes by resource type, layout shift, and the requests of a first visit.

    ``files`` are the requests that are not for pictures of products.

    ``image`` is the largest image on the first screen.
    """

    kilobytes: dict[str, float]
    shifts: list[LayoutShift]
    requests: int
    files: int

    def too_heavy(self) -> dict[str, float]:
        return {kind: kb for kind, kb in self.kilobytes.items() if kb > MAX_KILOBYTES[kind]}


def measure_weight(page: Page, path: str) -> PageWeight:
    """Open the page, whose browser context must have an empty cache, and sum up the responses."""
    responses: list[Response] = []

    def record(response: Response) -> None:  # Playwright sets an attribute on the callback
        responses.append(response)

    page.on("response", record)
    page.goto(path, wait_until="networkidle")
    sums: Counter[str] = Counter()
    sizes = {}
    for response in responses:
        size = response.request.sizes()["responseBodySize"]
        sizes[response.url] = size
        if kind := RESOURCE_TYPES.get(response.request.resource_type):
            sums[kind] += size
    on_screen = [sizes.get(source, 0) for source in page.evaluate(IMAGES_ON_SCREEN)]
    sums["image"] = max(on_screen, default=0)
    kilobytes = {kind: round(sums[kind] / 1000, 1) for kind in MAX_KILOBYTES}
    files = sum("/media/" not in response.url for response in responses)
    return PageWeight(kilobytes, layout_shifts(page), len(responses), files)


def layout_shifts(page: Page) -> list[LayoutShift]:
    """All since the page was opened."""
    return convert(page.evaluate(LAYOUT_SHIFTS), list[LayoutShift])
