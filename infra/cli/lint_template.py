"""`shop wirecheck`: the wiring of the template against every rule."""

import sys
from collections import Counter

from infra.cli.report import show
from infra.cli.terminal import out
from tests.template_lint import RULES, Source, check


def wirecheck() -> None:
    """Check permissions, filters, time limits and alarms of the template, rule by rule."""
    found = check(Source.in_folder())
    by_rule = Counter(it.rule for it in found)
    show(("Rule", "holds", "findings"), [(it.name, it.holds, by_rule[it.name]) for it in RULES])
    for it in found:
        out.print(str(it), markup=False, soft_wrap=True)
    sys.exit(1 if found else 0)
