"""Runs all consistency rules over one snapshot: invariants, and the rules for settled data."""

from collections.abc import Iterable, Iterator
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

REST = timedelta(minutes=10)  # a closed order has had all its effects by then


def check_invariants(snapshot: Snapshot) -> list[Violation]:
    """The rules that hold after every single write, also while orders are in progress."""
    modules = (money, returns, discounts, stock, event_effects, sales_figures, responses, privacy)
    return [violation for it in modules for violation in it.check_invariants(snapshot)]


def check_settled(snapshot: Snapshot) -> list[Violation]:
    """The additional rules that hold once the queues are empty and every order is closed."""
    orders = [it for id_ in snapshot.orders_by_id for it in _check_order(snapshot, id_)]
    return [*orders, *returns.check_settled(snapshot), *liveness.check_settled(snapshot)]


def check_running(snapshot: Snapshot, *, now: datetime) -> list[Violation]:
    """All rules that apply to a running shop: each order at rest is judged on its own.

    An order is at rest when it has been closed for ``REST``. Orders that are open or have just
    been closed must keep the invariants, and must not be overdue.
    """
    at_rest = [
        order_id
        for order_id, order in snapshot.orders_by_id.items()
        if is_at_rest(order, now=now) and not _has_moving_return(snapshot, order_id, now)
    ]
    orders = [violation for it in at_rest for violation in _check_order(snapshot, it)]
    overdue = liveness.check_overdue(snapshot, now=now)
    late_returns = returns.check_overdue(snapshot, now=now)
    return [*check_invariants(snapshot), *orders, *overdue, *late_returns]


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


def _check_order(snapshot: Snapshot, order_id: str) -> Iterator[Violation]:
    yield from money.check_order_at_rest(snapshot, order_id)
    yield from event_effects.check_order_at_rest(snapshot, order_id)
