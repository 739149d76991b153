"""W14: every alarm links to a page of the runbook, and every page has an alarm."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from infra.build.bundles import ROOT
from tests.template_lint.findings import Finding
from tests.template_lint.wiring import Wiring

RUNBOOK = "infra/RUNBOOK.md"
ALARM = "AWS::CloudWatch::Alarm"


@cache
def read_runbook_pages(root: Path = ROOT) -> frozenset[str]:
    """The anchor of each heading, as GitHub generates it."""
    headings = re.findall(r"^## (.+)$", (root / RUNBOOK).read_text(), re.MULTILINE)
    return frozenset(it.lower().replace(" ", "-") for it in headings)


def check_runbook_links(wiring: Wiring) -> Iterator[Finding]:
    linked = set()
    for name, alarm in wiring.of_type(ALARM):
        page = alarm.get("AlarmDescription", "").partition(f"{RUNBOOK}#")[2]
        linked.add(page)
        if page not in wiring.runbook_pages:
            yield Finding(
                name,
                f"links to no page of {RUNBOOK}: correct AlarmDescription, or write the page.",
                "page",
            )
    for page in sorted(wiring.runbook_pages - linked):
        yield Finding(RUNBOOK, f"has a page {page} without an alarm: add the alarm.", page)
