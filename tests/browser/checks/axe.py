"""Run axe on an open page: the rules of WCAG 2.2 A and AA, and its best practices."""

from collections.abc import Iterator, Sequence
from typing import Any

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from msgspec import Struct
from playwright.sync_api import Page

from tests.browser.checks.browser import DESKTOP, PHONE, set_view

type View = tuple[int, bool]  # width in pixels, and whether the theme is dark

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
OPTIONS = {
    "resultTypes": ["violations"],  # of passed rules, one example each
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"target-size": {"enabled": True}},  # off by default
    "iframes": False,  # the email preview's iframe forbids scripts, and Chromium would warn
    "preload": False,  # it fetches the style sheets again, which the CSP blocks
}
VIEWS = tuple((width, dark) for width in (DESKTOP, PHONE) for dark in (False, True))


class Finding(Struct, frozen=True):
    rule: str
    impact: str
    element: str
    reason: str
    view: str


class AxeResult(Struct, frozen=True):
    """The violations in all views, and the number of rules that applied and passed."""

    findings: tuple[Finding, ...]
    passed_rules: int


def run_axe(page: Page, views: Sequence[View] = VIEWS) -> AxeResult:
    """Check the page in its current state, once for each view."""
    findings: list[Finding] = []
    passed: set[str] = set()
    for width, dark in views:
        set_view(page, width=width, dark=dark)
        response = Axe().run(page, options=OPTIONS).response
        view = f"{width} px, {'dark' if dark else 'light'}"
        findings += _findings(response["violations"], view)
        passed |= {rule["id"] for rule in response["passes"]}
    return AxeResult(tuple(findings), len(passed))


def _findings(violations: list[dict[str, Any]], view: str) -> Iterator[Finding]:
    for rule in violations:
        for node in rule["nodes"]:
            yield Finding(
                rule=rule["id"],
                impact=rule["impact"],
                element=" ".join(map(str, node["target"])),
                reason=" ".join(node["failureSummary"].split()),
                view=view,
            )
