"""The deployed alarms: they exist, stay OK at zero, and go to ALARM far above their threshold."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.stack import Stack
from tests.fake_clouds import DeployedShop
from tests.integration.journeys.order_polling import eventually

type Alarm = dict[str, Any]


def deployed_alarms(shop: DeployedShop) -> Iterator[Alarm]:
    made = Stack(shop.cloud.client("cloudformation")).resources("AWS::CloudWatch::Alarm")
    pages = shop.cloud.client("cloudwatch").get_paginator("describe_alarms")
    for page in pages.paginate(AlarmNames=list(made.values())):
        yield from page["MetricAlarms"]


def put_metric(shop: DeployedShop, alarm: Alarm, value: float) -> None:
    """Publish a value of the metric that the alarm watches."""
    it = {"MetricName": alarm["MetricName"], "Dimensions": alarm["Dimensions"], "Value": value}
    shop.cloud.client("cloudwatch").put_metric_data(Namespace=alarm["Namespace"], MetricData=[it])


def test_every_alarm_without_metric_math_is_deployed_and_notifies_a_topic(
    shop: DeployedShop,
) -> None:
    assert len(list(deployed_alarms(shop))) > 40
    assert all(it["AlarmActions"] for it in deployed_alarms(shop))


@pytest.mark.parametrize(
    ("share", "state"), [(0, "OK"), (1_000, "ALARM")], ids=["zero", "far above the threshold"]
)
def test_every_alarm_is_ok_at_zero_and_fires_far_above_its_threshold(
    shop: DeployedShop, share: int, state: str
) -> None:
    for alarm in deployed_alarms(shop):
        put_metric(shop, alarm, share * alarm["Threshold"])

    eventually(lambda: {it["StateValue"] for it in deployed_alarms(shop)} == {state})
