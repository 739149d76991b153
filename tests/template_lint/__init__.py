"""Checks the wiring of the translated template: permissions, filters, time limits, alarms."""

from tests.template_lint.checks import RULES, Rule, check
from tests.template_lint.findings import Finding
from tests.template_lint.sam_transform import Source, translated, wiring_of
from tests.template_lint.wiring import Wiring

__all__ = ["RULES", "Finding", "Rule", "Source", "Wiring", "check", "translated", "wiring_of"]
