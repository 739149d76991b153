"""Verify the data of a stack: apply the consistency rules, and report violations as a metric."""

from datetime import UTC, datetime

from app.observability.metrics import NAMESPACE
from app.verification import Snapshot, is_at_rest, is_open
from infra.ops.deployed_stack import DeployedStack

METRIC = "ConsistencyViolations"


def publish_violation_count(shop: DeployedStack, count: int) -> None:
    """Set the metric of the inconsistency alarm of this stack, on AWS and locally."""
    metric = {"MetricName": METRIC, "Value": float(count)}
    namespace = f"{NAMESPACE}/{shop.stack_name}"
    shop.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[metric])


def summarize(snapshot: Snapshot, *, now: datetime | None = None) -> str:
    """One sentence with the number of compared rows, one with the orders that are not at rest."""
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
    return f"Compared {', '.join(parts)}.{_not_at_rest(snapshot, now or datetime.now(UTC))}"


def _not_at_rest(snapshot: Snapshot, now: datetime) -> str:
    moving = [it for it in snapshot.orders_by_id.values() if not is_at_rest(it, now=now)]
    open_orders = sum(map(is_open, moving))
    parts = [
        f" {_count(number, 'order')} {words}."
        for number, words in (
            (open_orders, "still open"),
            (len(moving) - open_orders, "closed less than ten minutes ago"),
        )
        if number
    ]
    return "".join(parts) + (" Their events may still be processed." if parts else "")


def _count(number: int, singular: str, plural: str = "") -> str:
    return f"{number} {singular if number == 1 else plural or singular + 's'}"
