"""The template lint: checks permissions, filters, time limits and alarms of the SAM template."""

from tests.template_lint.checks import RULES, Rule, check
from tests.template_lint.findings import Finding
from tests.template_lint.sam_transform import Source, resolve_wiring, transform_template
from tests.template_lint.wiring import Wiring

__all__ = [
    "RULES",
    "Finding",
    "Rule",
    "Source",
    "Wiring",
    "check",
    "resolve_wiring",
    "transform_template",
]
