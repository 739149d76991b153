"""Runs all consistency rules over one snapshot: invariants, and the rules for settled data."""

from collections.abc import Iterable

from app.verification import (
    event_effects,
    liveness,
    money,
    privacy,
    responses,
    sales_figures,
    stock,
)
from app.verification.snapshot import Snapshot, Violation


def check_invariants(snapshot: Snapshot) -> list[Violation]:
    """The rules that hold after every single write, also while orders are in progress."""
    modules = (money, stock, event_effects, sales_figures, responses, privacy)
    return [violation for it in modules for violation in it.check_invariants(snapshot)]


def check_settled(snapshot: Snapshot) -> list[Violation]:
    """The additional rules that hold once the queues are empty and every order is closed."""
    modules = (money, stock, event_effects, sales_figures, liveness)
    return [violation for it in modules for violation in it.check_settled(snapshot)]


def format_violations(violations: Iterable[Violation]) -> str:
    """One line per violation."""
    return "\n".join(map(str, violations)) or "The data is consistent."
