"""Checks the wiring of the translated template: permissions, filters, time limits, alarms."""

from infra.wirecheck.checking import RULES, Rule, check
from infra.wirecheck.findings import Finding
from infra.wirecheck.translating import Source, translated, wiring_of
from infra.wirecheck.wiring import Wiring

__all__ = ["RULES", "Finding", "Rule", "Source", "Wiring", "check", "translated", "wiring_of"]
