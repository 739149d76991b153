import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from app.observability.metrics import NAMESPACE, UNITS, Metric, measure
from app.orders.compensation import refund, release
from app.orders.shipping import ship
from infra.build.bundles import ROOT
from infra.local.packaging import read
from tests.builders import NOON, PACKED, ALongTime, a_batch, an_order_that_is
from tests.unit.workers.queue_readers import events_of
from workers.analytics import handler

pytestmark = pytest.mark.usefixtures("tables")


def written(what: Metric, value: int) -> dict[str, Any]:
    lines = io.StringIO()
    measure(what, value, at=NOON, to=lines)
    line: dict[str, Any] = json.loads(lines.getvalue())
    return line


def shown(log: str) -> list[tuple[str, int]]:
    """The metrics among the lines of a log, as CloudWatch would find them."""
    lines = [json.loads(line) for line in log.splitlines() if "_aws" in line]
    return [
        (metric["Name"], line[metric["Name"]])
        for line in lines
        for directive in line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    ]


def test_a_figure_is_written_as_cloudwatch_reads_it() -> None:
    line = written("click_to_shipped", 1_250)

    directive = line["_aws"]["CloudWatchMetrics"][0]
    assert directive["Namespace"] == "HearthAndClay"
    assert directive["Metrics"] == [{"Name": "click_to_shipped", "Unit": "Milliseconds"}]
    assert all(name in line for dimensions in directive["Dimensions"] for name in dimensions)
    assert datetime.fromtimestamp(line["_aws"]["Timestamp"] / 1000, UTC) == NOON
    assert line["click_to_shipped"] == 1_250


def test_orders_revenue_and_refunds_are_shown_once_however_often_they_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    order = an_order_that_is("refunding")
    refund(order.order_id, now=PACKED)
    closed = release(order.order_id, now=PACKED)
    capsys.readouterr()

    for _ in range(2):
        handler(a_batch(*events_of(closed) * 2), ALongTime())

    told = sorted(shown(capsys.readouterr().err))
    assert told == [("orders", 1), ("refunds", order.total), ("revenue", order.total)]


def test_what_was_never_paid_shows_no_refund(capsys: pytest.CaptureFixture[str]) -> None:
    order = an_order_that_is("cancelled")
    capsys.readouterr()

    handler(a_batch(*events_of(order)), ALongTime())

    assert shown(capsys.readouterr().err) == [("orders", 1)]


def test_the_way_from_click_to_shipped_is_measured_when_the_parcel_goes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    order = an_order_that_is("paid")
    capsys.readouterr()

    ship(order.order_id, now=PACKED)
    ship(order.order_id, now=PACKED)

    took = int((PACKED - order.placed_at).total_seconds() * 1000)
    assert shown(capsys.readouterr().err) == [("click_to_shipped", took)]


def test_the_dashboard_asks_for_each_figure_as_it_is_written() -> None:
    body = read(ROOT / "infra/template.yaml")["Resources"]["Dashboard"]["Properties"]
    asked = [
        tuple(metric[:4])
        for widget in json.loads(body["DashboardBody"]["Fn::Sub"])["widgets"]
        for metric in widget["properties"]["metrics"]
        if metric[0] == NAMESPACE
    ]

    assert {name for _, name, *_ in asked} == set(UNITS)
    assert {tuple(dimension) for _, _, *dimension in asked} == {("shop", "${AWS::StackName}")}
