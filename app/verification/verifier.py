"""Runs all consistency rules over one snapshot: invariants, and the rules for settled data."""

import traceback
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from app.verification import (
    discounts,
    event_effects,
    liveness,
    money,
    privacy,
    responses,
    returns,
    sales_figures,
    stock,
)
from app.verification.snapshot import Row, Snapshot, Violation

UNREADABLE = (ArithmeticError, LookupError, TypeError, ValueError)
REST = timedelta(minutes=10)  # a closed order has had all its effects by then


def check_invariants(snapshot: Snapshot) -> list[Violation]:
    """The rules that hold after every single write, also while orders are in progress.

    A row that a rule cannot read, or a missing one, is a violation (V1) and stops no other rule.
    """
    modules = (money, returns, discounts, stock, event_effects, sales_figures, responses, privacy)
    return _run(*(it.check_invariants(snapshot) for it in modules))


def check_settled(snapshot: Snapshot) -> list[Violation]:
    """The additional rules that hold once the queues are empty and every order is closed."""
    orders = [check for it in snapshot.orders_by_id for check in _order_checks(snapshot, it)]
    counted = sales_figures.check_counted(snapshot, snapshot.orders_by_id.keys())
    return _run(*orders, counted, returns.check_settled(snapshot), liveness.check_settled(snapshot))


def check_running(snapshot: Snapshot, *, now: datetime) -> list[Violation]:
    """All rules that apply to a running shop: each order at rest is judged on its own.

    An order is at rest when it has been closed for ``REST``. Orders that are open or have just
    been closed must keep the invariants, and must not be overdue.
    """
    orders = (_check_if_at_rest(snapshot, it, now) for it in snapshot.orders_by_id)
    counted = sales_figures.check_counted(snapshot, set(_orders_at_rest(snapshot, now)))
    overdue = (it.check_overdue(snapshot, now=now) for it in (liveness, returns))
    return [*check_invariants(snapshot), *_run(*orders, counted, *overdue)]


def is_at_rest(order: Row, *, now: datetime) -> bool:
    """Whether an order has been closed for ``REST``."""
    changed_at = datetime.fromisoformat(order["status_changed_at"])
    return not liveness.is_open(order) and changed_at < now - REST


def _has_moving_return(snapshot: Snapshot, order_id: str, now: datetime) -> bool:
    """Whether a refund is being made, or an event of a return has just been appended."""
    times = ("requested_at", "decided_at", "received_at", "refunded_at")
    return any(
        row["status"] == "received"
        or any(datetime.fromisoformat(row[it]) > now - REST for it in times if row.get(it))
        for row in returns.returns_of(snapshot, order_id)
    )


def format_violations(violations: Iterable[Violation]) -> str:
    """One line per violation."""
    return "\n".join(map(str, violations)) or "The data is consistent."


def _check_if_at_rest(snapshot: Snapshot, order_id: str, now: datetime) -> Iterator[Violation]:
    if _has_settled(snapshot, order_id, now):
        for check in _order_checks(snapshot, order_id):
            yield from check


def _orders_at_rest(snapshot: Snapshot, now: datetime) -> Iterator[str]:
    """Without those that cannot be read, each of which is a violation of its own."""
    for order_id in snapshot.orders_by_id:
        with suppress(*UNREADABLE):
            if _has_settled(snapshot, order_id, now):
                yield order_id


def _has_settled(snapshot: Snapshot, order_id: str, now: datetime) -> bool:
    order = snapshot.orders_by_id[order_id]
    return is_at_rest(order, now=now) and not _has_moving_return(snapshot, order_id, now)


def _order_checks(snapshot: Snapshot, order_id: str) -> Iterator[Iterator[Violation]]:
    return (it.check_order_at_rest(snapshot, order_id) for it in (money, event_effects))


def _run(*checks: Iterator[Violation]) -> list[Violation]:
    violations: list[Violation] = []
    for check in checks:
        try:
            violations.extend(check)
        except UNREADABLE as error:
            line = traceback.extract_tb(error.__traceback__)[-1].line
            message = f"a row cannot be read: {error!r} at `{line}`."
            violations.append(Violation("V1", "verification", message))
    return violations
