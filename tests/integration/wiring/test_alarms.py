"""The alarms once they are deployed: there, quiet when all is well, and heard when it is not."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.stack import Stack
from tests.fake_clouds import DeployedShop
from tests.integration.journeys.order_polling import eventually

type Alarm = dict[str, Any]


def deployed(shop: DeployedShop) -> Iterator[Alarm]:
    made = Stack(shop.cloud.client("cloudformation")).resources("AWS::CloudWatch::Alarm")
    pages = shop.cloud.client("cloudwatch").get_paginator("describe_alarms")
    for page in pages.paginate(AlarmNames=list(made.values())):
        yield from page["MetricAlarms"]


def tell(shop: DeployedShop, alarm: Alarm, value: float) -> None:
    """As AWS would tell what the alarm looks at."""
    it = {"MetricName": alarm["MetricName"], "Dimensions": alarm["Dimensions"], "Value": value}
    shop.cloud.client("cloudwatch").put_metric_data(Namespace=alarm["Namespace"], MetricData=[it])


def test_every_alarm_that_needs_no_metric_math_is_deployed_and_tells_a_topic(
    shop: DeployedShop,
) -> None:
    assert len(list(deployed(shop))) > 40
    assert all(it["AlarmActions"] for it in deployed(shop))


@pytest.mark.parametrize(
    ("share", "state"), [(0, "OK"), (1_000, "ALARM")], ids=["nothing", "far too much"]
)
def test_every_alarm_is_quiet_at_nothing_and_heard_at_far_too_much(
    shop: DeployedShop, share: int, state: str
) -> None:
    for alarm in deployed(shop):
        tell(shop, alarm, share * alarm["Threshold"])

    eventually(lambda: {it["StateValue"] for it in deployed(shop)} == {state})
