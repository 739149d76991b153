"""What axe finds wrong with a page: WCAG 2.2 A and AA, and what is best practice beyond."""

from collections.abc import Iterator, Sequence
from typing import Any

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from msgspec import Struct
from playwright.sync_api import Page

from tests.browser.checks.browser import DESK, PHONE, see

type View = tuple[int, bool]  # its width, and whether it is dark

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
OPTIONS = {
    "resultTypes": ["violations"],  # of what is right, one example each
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"target-size": {"enabled": True}},  # left out unless it is asked for by name
    "iframes": False,  # a letter's frame runs no script, axe's neither, and Chromium warns of it
    "preload": False,  # it would read the styles again, which the shop's policy rightly refuses
}
VIEWS = tuple((width, dark) for width in (DESK, PHONE) for dark in (False, True))


class Finding(Struct, frozen=True):
    rule: str
    impact: str
    element: str
    why: str
    seen: str


class Looked(Struct, frozen=True):
    """What was found, and how many rules had something to say about the page at all."""

    findings: tuple[Finding, ...]
    passed: int


def look(page: Page, views: Sequence[View] = VIEWS) -> Looked:
    """At the page as it stands: on a desk and on a phone, by day and in the evening."""
    findings: list[Finding] = []
    passed: set[str] = set()
    for width, dark in views:
        see(page, width=width, dark=dark)
        answer = Axe().run(page, options=OPTIONS).response
        seen = f"{width} px, {'dark' if dark else 'light'}"
        findings += _findings(answer["violations"], seen)
        passed |= {rule["id"] for rule in answer["passes"]}
    return Looked(tuple(findings), len(passed))


def _findings(violations: list[dict[str, Any]], seen: str) -> Iterator[Finding]:
    for rule in violations:
        for node in rule["nodes"]:
            yield Finding(
                rule=rule["id"],
                impact=rule["impact"],
                element=" ".join(map(str, node["target"])),
                why=" ".join(node["failureSummary"].split()),
                seen=seen,
            )
