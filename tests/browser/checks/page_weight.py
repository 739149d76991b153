"""What a page weighs as it travels, by kind, and how far it jumps about."""

from collections import Counter

from msgspec import Struct
from playwright.sync_api import Page, Response

KINDS = {"document": "html", "stylesheet": "css", "script": "js", "font": "fonts"}
# Kilobytes; a picture counts when it is on the first screen.
MOST = {"html": 30, "css": 15, "js": 20, "fonts": 90, "picture": 60}

ON_SCREEN = """() => [...document.images]
    .filter((it) => it.currentSrc && it.getBoundingClientRect().top < innerHeight)
    .map((it) => it.currentSrc)"""
SHIFTS = """() => new Promise((told) => {
    let sum = 0;
    new PerformanceObserver((list) => {
        for (const shift of list.getEntries()) if (!shift.hadRecentInput) sum += shift.value;
    }).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => told(sum), 200);
})"""


class Weight(Struct, frozen=True):
    """Kilobytes as packed, and the layout shift since the page came."""

    kilobytes: dict[str, float]
    shift: float

    def too_heavy(self) -> dict[str, float]:
        return {kind: kb for kind, kb in self.kilobytes.items() if kb > MOST[kind]}


def weigh(page: Page, path: str) -> Weight:
    """Open that page as somebody who has nothing of the shop yet, and count what comes."""
    answers: list[Response] = []

    def note(answer: Response) -> None:  # Playwright marks whom it calls, and cannot a builtin
        answers.append(answer)

    page.on("response", note)
    page.goto(path, wait_until="networkidle")
    sums: Counter[str] = Counter()
    pictures = {}
    for answer in answers:
        size = answer.request.sizes()["responseBodySize"]
        pictures[answer.url] = size
        if kind := KINDS.get(answer.request.resource_type):
            sums[kind] += size
    on_screen = [pictures.get(source, 0) for source in page.evaluate(ON_SCREEN)]
    sums["picture"] = max(on_screen, default=0)
    kilobytes = {kind: round(sums[kind] / 1000, 1) for kind in MOST}
    return Weight(kilobytes, round(page.evaluate(SHIFTS), 4))
