"""Verify the data of a stack: apply the consistency rules, and report violations as a metric."""

from datetime import datetime

from app.observability.metrics import NAMESPACE
from app.verification import Snapshot, Violation, check_invariants, check_settled
from app.verification.liveness import FINAL_STATUSES
from app.verification.snapshot import Row
from infra.ops.deployed_stack import DeployedStack

METRIC = "ConsistencyViolations"


def find_violations(snapshot: Snapshot, *, now: datetime) -> list[Violation]:
    """All rules if every order is closed; otherwise the invariants, and overdue orders."""
    open_orders = _open_orders(snapshot)
    if not open_orders:
        return [*check_invariants(snapshot), *check_settled(snapshot)]
    overdue = [
        Violation("L1", it["order_id"], f"the order is {it['status']} for too long.")
        for it in open_orders
        if datetime.fromisoformat(it["due_at"]) < now
    ]
    return [*check_invariants(snapshot), *overdue]


def publish_violation_count(shop: DeployedStack, count: int) -> None:
    """Set the metric of the inconsistency alarm, on AWS and locally."""
    metric = {"MetricName": METRIC, "Value": float(count)}
    shop.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[metric])


def summarize(snapshot: Snapshot) -> str:
    """One sentence with the number of compared rows of each kind."""
    charges = sum(len(snapshot.charges(order_id)) for order_id in snapshot.intents_by_order)
    emails = "no emails (SES keeps none)"
    if snapshot.emails is not None:
        emails = _count(len(snapshot.emails), "email")
    parts = (
        _count(len(snapshot.orders_by_id), "order"),
        _count(charges, "charge"),
        _count(len(snapshot.carrier), "parcel"),
        _count(len(snapshot.stock), "stock row"),
        _count(len(snapshot.ledger), "ledger entry", "ledger entries"),
        _count(len(snapshot.sales), "sales figure"),
        _count(len(snapshot.events), "event"),
        emails,
    )
    open_orders = len(_open_orders(snapshot))
    still_open = f" Still open: {_count(open_orders, 'order')}." if open_orders else ""
    return f"Compared {', '.join(parts)}.{still_open}"


def _open_orders(snapshot: Snapshot) -> list[Row]:
    orders = snapshot.orders_by_id.values()
    return [order for order in orders if order["status"] not in FINAL_STATUSES]


def _count(number: int, singular: str, plural: str = "") -> str:
    return f"{number} {singular if number == 1 else plural or singular + 's'}"
