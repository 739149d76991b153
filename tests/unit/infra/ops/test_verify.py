"""Verifying a local stack: its data, the summary, and the metric of the alarm."""

from datetime import UTC, datetime, timedelta

import pytest

from app.orders.models import Order
from app.verification import Violation, check_running
from infra.local.cloud import LocalCloud
from infra.ops.deployed_stack import DeployedStack
from infra.ops.verification_data import read_snapshot, read_stable_snapshot
from infra.ops.verify import METRIC, publish_violation_count, summarize
from tests.builders import NOON, a_product, an_order_in_status, sku_of

MUCH_LATER = NOON.replace(year=2032)


def violations_of(tables: LocalCloud, *subjects: str) -> list[Violation]:
    """Only those of the given subjects: other tests leave open orders on this cloud."""
    snapshot = read_snapshot(DeployedStack.on_local_cloud(tables))
    return [it for it in check_running(snapshot, now=NOON) if it.subject in subjects]


@pytest.mark.parametrize("status", ["placed", "paid", "shipped", "declined", "cancelled"])
def test_data_written_by_the_application_is_consistent(tables: LocalCloud, status: str) -> None:
    product = a_product()
    order = an_order_in_status(status, product)

    assert violations_of(tables, order.order_id, sku_of(product)) == []


def test_order_with_a_wrong_total_is_reported(tables: LocalCloud) -> None:
    order = an_order_in_status("shipped")
    order.update(actions=[Order.total.set(order.total + 1)])

    assert "M5" in {it.rule for it in violations_of(tables, order.order_id)}


def test_only_overdue_open_orders_are_reported(tables: LocalCloud) -> None:
    order = an_order_in_status("paying")
    snapshot = read_snapshot(DeployedStack.on_local_cloud(tables))

    overdue = [it for it in check_running(snapshot, now=MUCH_LATER) if it.subject == order.order_id]

    assert "the order is paying for too long." in [it.message for it in overdue]
    assert violations_of(tables, order.order_id) == []


def test_lost_effect_of_a_closed_order_is_reported_while_others_are_open(
    tables: LocalCloud,
) -> None:
    """No consumer runs on this cloud, so the order's events are neither published nor processed."""
    an_order_in_status("paid")
    order = an_order_in_status("shipped")
    snapshot = read_snapshot(DeployedStack.on_local_cloud(tables))

    violations = check_running(snapshot, now=MUCH_LATER)

    assert {"E2", "E3"} <= {it.rule for it in violations if it.subject == order.order_id}


def test_summary_counts_the_compared_rows(tables: LocalCloud) -> None:
    an_order_in_status("shipped")
    snapshot = read_stable_snapshot(DeployedStack.on_local_cloud(tables))

    assert snapshot
    assert f"Compared {len(snapshot.orders_by_id)} order" in summarize(snapshot)


def test_number_of_violations_is_published_as_the_alarms_metric(tables: LocalCloud) -> None:
    publish_violation_count(DeployedStack.on_local_cloud(tables), 3)

    now = datetime.now(UTC)
    statistics = tables.client("cloudwatch").get_metric_statistics(
        Namespace="HearthAndClay/hearth-and-clay",
        MetricName=METRIC,
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Maximum"],
    )
    assert max(it["Maximum"] for it in statistics["Datapoints"]) == 3
