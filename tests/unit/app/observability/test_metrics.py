import json
from datetime import UTC, datetime

import pytest

from app.observability.metrics import NAMESPACE, UNITS, put_metric
from app.orders.compensation import refund, release
from app.orders.shipping import ship
from infra.build.bundles import ROOT
from infra.local.packaging import read_template
from tests.builders import NOON, PACKED, LambdaContextStub, a_batch, an_order_in_status
from tests.unit.workers.queue_readers import events_of
from workers.analytics import handler

pytestmark = pytest.mark.usefixtures("tables")


def metrics_in(log: str) -> list[tuple[str, int]]:
    """The names and values of the metrics in a log, as CloudWatch would extract them."""
    lines = [json.loads(line) for line in log.splitlines() if "_aws" in line]
    return [
        (metric["Name"], int(sum(line[metric["Name"]])))
        for line in lines
        for directive in line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    ]


def test_metric_is_written_in_the_embedded_metric_format(
    capsys: pytest.CaptureFixture[str],
) -> None:
    put_metric("ClickToShipped", 1_250, at=NOON)
    line = json.loads(capsys.readouterr().err)

    directive = line["_aws"]["CloudWatchMetrics"][0]
    assert directive["Namespace"] == "HearthAndClay"
    assert directive["Metrics"] == [{"Name": "ClickToShipped", "Unit": "Milliseconds"}]
    assert all(name in line for dimensions in directive["Dimensions"] for name in dimensions)
    assert datetime.fromtimestamp(line["_aws"]["Timestamp"] / 1000, UTC) == NOON
    assert line["ClickToShipped"] == [1_250]
    assert directive["Dimensions"] == [["StackName"]]


def test_orders_revenue_and_refunds_are_counted_once_for_duplicate_events(
    capsys: pytest.CaptureFixture[str],
) -> None:
    order = an_order_in_status("refunding")
    refund(order.order_id, now=PACKED)
    closed = release(order.order_id, now=PACKED)
    capsys.readouterr()

    for _ in range(2):
        handler(a_batch(*events_of(closed) * 2), LambdaContextStub())

    metrics = sorted(metrics_in(capsys.readouterr().err))
    assert metrics == [("OrdersPlaced", 1), ("Refunds", order.total), ("Revenue", order.total)]


def test_unpaid_order_counts_no_refund(capsys: pytest.CaptureFixture[str]) -> None:
    order = an_order_in_status("cancelled")
    capsys.readouterr()

    handler(a_batch(*events_of(order)), LambdaContextStub())

    assert metrics_in(capsys.readouterr().err) == [("OrdersPlaced", 1)]


def test_click_to_shipped_is_measured_when_the_order_ships(
    capsys: pytest.CaptureFixture[str],
) -> None:
    order = an_order_in_status("paid")
    capsys.readouterr()

    ship(order.order_id, now=PACKED)
    ship(order.order_id, now=PACKED)

    expected_ms = int((PACKED - order.placed_at).total_seconds() * 1000)
    assert metrics_in(capsys.readouterr().err) == [("ClickToShipped", expected_ms)]


def test_dashboard_reads_each_metric_with_its_dimension() -> None:
    body = read_template(ROOT / "infra/template.yaml")["Resources"]["Dashboard"]["Properties"]
    widgets = [
        tuple(metric[:4])
        for widget in json.loads(body["DashboardBody"]["Fn::Sub"])["widgets"]
        for metric in widget["properties"]["metrics"]
        if metric[0] == NAMESPACE
    ]

    assert {name for _, name, *_ in widgets} == set(UNITS)
    assert {tuple(dimension) for _, _, *dimension in widgets} == {
        ("StackName", "${AWS::StackName}")
    }
