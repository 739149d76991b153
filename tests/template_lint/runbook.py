"""The pages of the runbook, and the alarms that lead to them."""

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
def pages(root: Path = ROOT) -> frozenset[str]:
    """The address of each heading, as GitHub makes it."""
    headings = re.findall(r"^## (.+)$", (root / RUNBOOK).read_text(), re.MULTILINE)
    return frozenset(it.lower().replace(" ", "-") for it in headings)


def leads_to_its_page(wiring: Wiring) -> Iterator[Finding]:
    led_to = set()
    for name, alarm in wiring.of(ALARM):
        page = alarm.get("AlarmDescription", "").partition(f"{RUNBOOK}#")[2]
        led_to.add(page)
        if page not in wiring.pages:
            yield Finding(
                name,
                f"leads to no page of {RUNBOOK}: name one in AlarmDescription, or write it.",
                "page",
            )
    for page in sorted(wiring.pages - led_to):
        yield Finding(RUNBOOK, f"has a page {page}, to which no alarm leads: add it.", page)
