"""Measure the requests and the transferred size of a page by resource type, and layout shift."""

from collections import Counter

from msgspec import Struct
from playwright.sync_api import Page, Response

RESOURCE_TYPES = {"document": "html", "stylesheet": "css", "script": "js", "font": "fonts"}
MAX_KILOBYTES = {"html": 30, "css": 12, "js": 20, "fonts": 60, "image": 60}
# The page, a style, three scripts, two fonts, the icon, and what a visitor with a cart fetches;
# pictures in addition.
MAX_FILES = 9

IMAGES_ON_SCREEN = """() => [...document.images]
    .filter((it) => it.currentSrc && it.getBoundingClientRect().top < innerHeight)
    .map((it) => it.currentSrc)"""
LAYOUT_SHIFT = """() => new Promise((resolve) => {
    let sum = 0;
    new PerformanceObserver((list) => {
        for (const shift of list.getEntries()) if (!shift.hadRecentInput) sum += shift.value;
    }).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(sum), 200);
})"""


class PageWeight(Struct, frozen=True):
    """Compressed kilobytes by resource type, layout shift, and the requests of a first visit.

    ``files`` are the requests that are not for pictures of products.

    ``image`` is the largest image on the first screen.
    """

    kilobytes: dict[str, float]
    layout_shift: float
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
    layout_shift = round(page.evaluate(LAYOUT_SHIFT), 4)
    return PageWeight(kilobytes, layout_shift, len(responses), files)
